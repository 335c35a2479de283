import { once } from '../../common/base/once.ts';
import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import { HANG_UP } from './disconnect.ts';

/** The call to guard, and how long it may continue without a window. */
interface UnattendedCallOptions {
  /** Returns the active call; undefined if there is none. */
  active: () => Call | undefined;
  /** How long a call continues after its last window has closed, in milliseconds. */
  hangUpMs: number;
}

/**
 * Guards a call while the app has no window. It immediately reports camera and microphone to the peer as off, and
 * ends the call unless a window attaches before the timeout. A window that reloads attaches well before that.
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

  /** Registers a window's session. Returns a function that unregisters it. */
  attachWindow(): () => void {
    this.#windows += 1;
    this.update();
    return once(() => {
      this.#windows -= 1;
      this.update();
    });
  }

  /** Must be called whenever a call has changed. */
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
