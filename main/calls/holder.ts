import { type Readable, Store } from '../../common/base/store.ts';

/** A window that is loaded anew asks for the call again by then, so that no other one is given it, in milliseconds. */
const GRACE_MS = 5_000;

/** Which of the app's windows has the call: only that one opens camera and microphone for it. */
export class CallHolder {
  readonly #holder = new Store<string | null>(null);
  readonly #graceMs: number;
  /** Of the window that has the call: aborted when it is gone. */
  #gone: AbortSignal | undefined;
  readonly #followed = new WeakSet<AbortSignal>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(graceMs = GRACE_MS) {
    this.#graceMs = graceMs;
  }

  /** The window's own word for itself; null while no window has the call. */
  get holder(): Readable<string | null> {
    return this.#holder;
  }

  /** `take`: also from another window; else only when none has it. */
  hold(window: string, take: boolean, gone?: AbortSignal): void {
    const now = this.#holder.get();
    if (!take && now !== null && now !== window) return;
    clearTimeout(this.#timer);
    this.#gone = gone;
    this.#holder.set(window);
    if (!gone) return;
    if (gone.aborted) this.#left(gone);
    else if (!this.#followed.has(gone)) {
      this.#followed.add(gone);
      gone.addEventListener('abort', () => this.#left(gone), { once: true });
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #left(gone: AbortSignal): void {
    if (gone !== this.#gone) return;
    this.#gone = undefined;
    this.#timer = setTimeout(() => this.#holder.set(null), this.#graceMs);
  }
}
