import { once } from '../../common/base/once.ts';
import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import { HANG_UP } from './disconnect.ts';

/** The calls to guard, and how long the active one may continue without a window. */
interface UnattendedCallOptions {
  /** Returns all calls that have not been removed. */
  all: () => readonly Call[];
  /** Returns the active call; undefined if there is none. */
  active: () => Call | undefined;
  /** How long a call continues after its last window has closed, in milliseconds. */
  hangUpMs: number;
}

/**
 * Handles calls while the app has no window. Peers are notified immediately. The active call ends unless a
 * window attaches before the timeout, which happens when a page reloads.
 */
export class UnattendedCallGuard {
  readonly #options: UnattendedCallOptions;
  #windows = 0;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: UnattendedCallOptions) {
    this.#options = options;
  }

  /** Registers a window's session. Returns a function that unregisters it. */
  attachWindow(): () => void {
    this.#changeWindows(1);
    return once(() => this.#changeWindows(-1));
  }

  /** Must be called with each new call before it has a connection. */
  add(call: Call): void {
    call.setAway(this.#windows === 0);
  }

  /** Must be called whenever a call has changed. */
  update(): void {
    const call = this.#options.active();
    if (call && this.#windows === 0) this.#startTimer(call);
    else this.#stopTimer();
  }

  close(): void {
    this.#closed = true;
    this.#stopTimer();
  }

  #changeWindows(by: 1 | -1): void {
    this.#windows += by;
    for (const call of this.#options.all()) this.add(call);
    this.update();
  }

  #startTimer(call: Call): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      log.info(`call ${call.id}: ended, because the app has no window`);
      call.end(HANG_UP);
    }, this.#options.hangUpMs);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
