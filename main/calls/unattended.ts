import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import { HANG_UP } from './disconnect.ts';

export interface UnattendedOptions {
  /** The call in which both are now, if there is one. */
  active: () => Call | undefined;
  /** How long a call goes on without any window, in milliseconds. */
  hangUpMs: number;
}

/**
 * A call without any window here: nobody is seen or heard, and the other side is told so at once. A window that is
 * loaded anew is back soon and goes on; when none comes, the call ends.
 */
export class Unattended {
  readonly #options: UnattendedOptions;
  #windows = 0;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hidden: Call | undefined;

  constructor(options: UnattendedOptions) {
    this.#options = options;
  }

  /** A window, or one session of it, is there until the returned function is called. */
  windowCame(): () => void {
    this.#windows += 1;
    this.look();
    let there = true;
    return () => {
      if (!there) return;
      there = false;
      this.#windows -= 1;
      this.look();
    };
  }

  /** To be called when a call changed. */
  look(): void {
    const call = this.#options.active();
    if (call && this.#windows === 0) this.#leave(call);
    else this.#comeBack();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #leave(call: Call): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      log.info(`call ${call.id}: ended, because there is no window`);
      call.end(HANG_UP);
    }, this.#options.hangUpMs);
    this.#hidden = call;
    call.hide(true);
  }

  #comeBack(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#hidden?.hide(false);
    this.#hidden = undefined;
  }
}
