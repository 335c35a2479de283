import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { AppState, ConnectionState } from '../../common/bridge/bridge.ts';

/**
 * How long changes are batched before a new state is composed, in milliseconds. This allows at most ten states per
 * second.
 */
const COALESCE_MS = 100;
/**
 * How often a state is published if only its measurements have changed, in milliseconds. Measurements change
 * five times a second, and rendering the whole window that often would cost more than decoding a small video.
 */
const FIGURES_EVERY_MS = 1_000;

/**
 * Publishes the app state shortly after any part of it changes, or once a second if only measurements have
 * changed. Downlink samples are published separately, because rendition selection needs all of them.
 */
export class AppStatePublisher {
  readonly #compose: () => AppState;
  readonly #scope = new Scope();
  readonly #state: Store<AppState>;
  readonly #samples: Store<readonly ConnectionState[]>;
  #facts: string;
  #figures: string;
  #downlinks: string;
  #publishedMs = performance.now();
  #composeTimer: ReturnType<typeof setTimeout> | undefined;
  #figuresTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(compose: () => AppState) {
    this.#compose = compose;
    const state = compose();
    this.#state = new Store(state);
    this.#samples = new Store<readonly ConnectionState[]>(state.connections);
    this.#facts = factsOf(state);
    this.#figures = figuresOf(state);
    this.#downlinks = mediaDownlinksOf(state);
    this.#scope.own(() => {
      clearTimeout(this.#composeTimer);
      clearTimeout(this.#figuresTimer);
    });
  }

  /** The state that was published last. */
  get state(): Readable<AppState> {
    return this.#state;
  }

  /** The states of all connections. Updated with each downlink sample from a connection that delivers media. */
  get samples(): Readable<readonly ConnectionState[]> {
    return this.#samples;
  }

  /** Composes the current state, to answer a window's request for it. */
  current(): AppState {
    return this.#compose();
  }

  /** Must be called whenever any part of the state has changed. */
  invalidate(): void {
    if (this.#scope.closed) return;
    this.#composeTimer ??= setTimeout(() => this.#refresh(), COALESCE_MS);
  }

  close(): void {
    void this.#scope.close();
  }

  #refresh(): void {
    this.#composeTimer = undefined;
    const state = this.#compose();
    const downlinks = mediaDownlinksOf(state);
    if (downlinks !== this.#downlinks) {
      this.#downlinks = downlinks;
      if (downlinks !== '[]') this.#samples.set(state.connections);
    }
    const waitMs = this.#publishedMs + FIGURES_EVERY_MS - performance.now();
    if (factsOf(state) !== this.#facts || waitMs <= 0) this.#publish(state);
    else if (figuresOf(state) !== this.#figures) {
      this.#figuresTimer ??= setTimeout(() => this.#publish(this.#compose()), waitMs);
    }
  }

  #publish(state: AppState): void {
    clearTimeout(this.#figuresTimer);
    this.#figuresTimer = undefined;
    const figures = figuresOf(state);
    if (figures === this.#figures) return;
    this.#facts = factsOf(state);
    this.#figures = figures;
    this.#publishedMs = performance.now();
    this.#state.set(state);
  }
}

/** Serializes everything except the measurements, which change constantly. */
function factsOf(state: AppState): string {
  return JSON.stringify({
    ...state,
    connections: state.connections.map(({ peer, use, subject, paths, stats }) => [
      [peer, use, subject, stats === null],
      paths.map(({ kind, address, selected }) => [kind, address, selected]),
    ]),
    pulls: state.pulls.map(({ downloadBps, ...pull }) => pull),
    broadcasts: state.broadcasts.map(({ uploadBps, ...broadcast }) => broadcast),
  });
}

/** Serializes everything except the downlink samples. */
function figuresOf(state: AppState): string {
  const connections = state.connections.map(({ downlink, ...connection }) => ({
    ...connection,
    senderEstimateBps: downlink?.senderEstimateBps,
  }));
  return JSON.stringify({ ...state, connections });
}

/** Serializes the downlink samples of all connections that deliver media. Returns `[]` if there are none. */
function mediaDownlinksOf(state: AppState): string {
  return JSON.stringify(
    state.connections.flatMap((connection) =>
      deliversMedia(connection, state) ? [connection.downlink] : [],
    ),
  );
}

function deliversMedia({ use, subject }: ConnectionState, { pulls, calls }: AppState): boolean {
  if (use === 'pull') return pulls.some(({ ticket, state }) => ticket === subject && state === 'live');
  return calls.some(({ id, hasMedia }) => id === subject && hasMedia);
}
