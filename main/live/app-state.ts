import type { AppState } from '../../common/bridge.ts';
import { type Readable, Store } from '../../common/store.ts';

/** At most ten states a second reach the window, however often things change. */
const COALESCE_MS = 100;

/** The one value that the window shows, made anew from its parts shortly after any of them changed. */
export class AppStateView {
  readonly #compose: () => AppState;
  readonly #state: Store<AppState>;
  #shown: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(compose: () => AppState) {
    this.#compose = compose;
    const state = compose();
    this.#state = new Store(state);
    this.#shown = shownOf(state);
  }

  get state(): Readable<AppState> {
    return this.#state;
  }

  /** The value as of now, for somebody who asks instead of listening. */
  fresh(): AppState {
    return this.#compose();
  }

  /** Some part changed. */
  touch(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const next = this.#compose();
      const shown = shownOf(next);
      if (shown === this.#shown) return;
      this.#shown = shown;
      this.#state.set(next);
    }, COALESCE_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/** All but the times at which links were looked at: they are new five times a second, also when nothing else is. */
function shownOf(state: AppState): string {
  const links = state.links.map(({ downlink, ...link }) => ({
    ...link,
    downlink: downlink && { ...downlink, atMs: 0 },
  }));
  return JSON.stringify({ ...state, links });
}
