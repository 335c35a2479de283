import { type Readable, Store } from '../../common/base/store.ts';

/**
 * How long the calls stay reserved for a window after it has closed, in milliseconds. A window that reloads claims
 * them again within this time.
 */
const GRACE_MS = 5_000;

/** Tracks which of the app's windows shows the calls. Only that window opens the camera and microphone for calls. */
export class CallWindow {
  readonly #current = new Store<string | null>(null);
  readonly #graceMs: number;
  /** Aborted when the window that shows the calls closes. */
  #gone: AbortSignal | undefined;
  readonly #observed = new WeakSet<AbortSignal>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(graceMs = GRACE_MS) {
    this.#graceMs = graceMs;
  }

  /** The id that the window generated for itself; null while no window shows the calls. */
  get current(): Readable<string | null> {
    return this.#current;
  }

  /**
   * Assigns the calls to a window. Does nothing if another window already shows them, unless `takeOver` is set.
   *
   * @param gone aborted when the window closes
   */
  claim(window: string, takeOver: boolean, gone?: AbortSignal): void {
    const current = this.#current.get();
    if (!takeOver && current !== null && current !== window) return;
    clearTimeout(this.#timer);
    this.#gone = gone;
    this.#current.set(window);
    if (!gone) return;
    if (gone.aborted) this.#release(gone);
    else if (!this.#observed.has(gone)) {
      this.#observed.add(gone);
      gone.addEventListener('abort', () => this.#release(gone), { once: true });
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #release(gone: AbortSignal): void {
    if (gone !== this.#gone) return;
    this.#gone = undefined;
    this.#timer = setTimeout(() => this.#current.set(null), this.#graceMs);
  }
}
