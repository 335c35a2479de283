import { type Readable, Store } from '../../common/base/store.ts';
import type { AppState, ConnectionState } from '../../common/bridge/bridge.ts';

/** At most ten states a second reach the window, however often things change. */
const COALESCE_MS = 100;

/** The one value that the window shows, made anew from its parts shortly after any of them changed. */
export class AppStateView {
  readonly #compose: () => AppState;
  readonly #state: Store<AppState>;
  #news: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(compose: () => AppState) {
    this.#compose = compose;
    const state = compose();
    this.#state = new Store(state);
    this.#news = newsOf(state);
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
      const news = newsOf(next);
      if (news === this.#news) return;
      this.#news = news;
      this.#state.set(next);
    }, COALESCE_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/**
 * All that is news. When a link was looked at, and what it brought since, is so only while it brings somebody's
 * broadcast: the choice of renditions goes by each look then. Nothing else goes by it, and a look comes five times a
 * second.
 */
function newsOf(state: AppState): string {
  const connections = state.connections.map((connection) =>
    bringsMedia(connection, state)
      ? connection
      : { ...connection, downlink: connection.downlink?.senderEstimateBps },
  );
  return JSON.stringify({ ...state, connections });
}

function bringsMedia({ use, subject }: ConnectionState, { pulls, calls }: AppState): boolean {
  if (use === 'pull') return pulls.some(({ ticket, state }) => ticket === subject && state === 'live');
  return calls.some(({ id, hasMedia }) => id === subject && hasMedia);
}
