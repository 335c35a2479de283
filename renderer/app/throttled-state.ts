import { type Readable, Store } from '../../common/base/store.ts';
import type { AppState } from '../../common/bridge/bridge.ts';

/** Figures that nothing else changed with are shown this often, in milliseconds: nobody reads faster. */
const FIGURES_EVERY_MS = 1_000;

/**
 * Main's state for the views. Figures of links come five times a second, for the choice of renditions; drawing the
 * whole window anew each time would cost more than decoding a small picture.
 */
export class CalmState {
  readonly #state: Store<AppState>;
  #facts: string;
  #setMs = performance.now();
  #newest: AppState | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(state: AppState) {
    this.#state = new Store(state);
    this.#facts = factsOf(state);
  }

  get shown(): Readable<AppState> {
    return this.#state;
  }

  /** Shown at once when anything but figures changed. */
  take(next: AppState): void {
    const facts = factsOf(next);
    this.#newest = next;
    const waitMs = facts === this.#facts ? this.#setMs + FIGURES_EVERY_MS - performance.now() : 0;
    this.#facts = facts;
    if (waitMs <= 0) this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), waitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #show(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#setMs = performance.now();
    if (this.#newest) this.#state.set(this.#newest);
  }
}

/** All that is not a figure which changes by itself. */
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
