import { once } from '../../common/base/once.ts';
import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import { HANG_UP } from './disconnect.ts';

/** The call to guard, and how long it may continue. */
interface UnattendedCallOptions {
  /** Returns the active call, if there is one. */
  active: () => Call | undefined;
  /** How long a call continues without a window, in milliseconds. */
  hangUpMs: number;
}

/**
 * Handles a call while the app has no window. It immediately reports camera and microphone as off to the peer, and
 * ends the call if no window attaches in time. A window that reloads attaches well before that.
 */
export class UnattendedCallGuard {
  readonly #options: UnattendedCallOptions;
  #windows = 0;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hidden: Call | undefined;

  constructor(options: UnattendedCallOptions) {
    this.#options = options;
  }

  /** Registers a window's session. Returns the function that unregisters it. */
  attachWindow(): () => void {
    this.#windows += 1;
    this.update();
    return once(() => {
      this.#windows -= 1;
      this.update();
    });
  }

  /** Must be called after each change of a call. */
  update(): void {
    const call = this.#options.active();
    if (call && this.#windows === 0) this.#hide(call);
    else this.#restore();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #hide(call: Call): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      log.info(`call ${call.id}: ended, because the app has no window`);
      call.end(HANG_UP);
    }, this.#options.hangUpMs);
    this.#hidden = call;
    call.setHidden(true);
  }

  #restore(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#hidden?.setHidden(false);
    this.#hidden = undefined;
  }
}
