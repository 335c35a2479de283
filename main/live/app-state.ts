import type { AppState } from '../../common/bridge.ts';
import { type Readable, Store } from '../../common/store.ts';

/** At most ten states a second reach the window, however often things change. */
const COALESCE_MS = 100;

/** The one value that the window shows, made anew from its parts shortly after any of them changed. */
export class AppStateView {
  readonly #compose: () => AppState;
  readonly #state: Store<AppState>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(compose: () => AppState) {
    this.#compose = compose;
    this.#state = new Store(compose());
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
      if (JSON.stringify(next) !== JSON.stringify(this.#state.get())) this.#state.set(next);
    }, COALESCE_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
