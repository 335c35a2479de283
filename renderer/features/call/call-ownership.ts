import { messageOf } from '../../../common/base/errors.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type { Bridge } from '../../../common/bridge/bridge.ts';

/** The members of the window's model that `CallOwnership` uses. */
interface OwnershipHost {
  readonly bridge: Pick<Bridge, 'request'>;
  reportFault(message: string): void;
}

/** This window's claim to the current call. Only one window at a time owns the call and sends media in it. */
export class CallOwnership {
  readonly #host: OwnershipHost;
  /** Identifies this window to main. */
  readonly #windowId = crypto.randomUUID();
  readonly #inOtherWindow = new Store(false);
  #claiming = false;

  constructor(host: OwnershipHost) {
    this.#host = host;
  }

  /** Whether another window owns the current call. */
  get inOtherWindow(): Readable<boolean> {
    return this.#inOtherWindow;
  }

  /**
   * Applies main's state. Returns whether this window owns the ongoing call.
   *
   * @param owner the id of the window that owns the call; null if no window does
   */
  update(ongoing: boolean, owner: string | null): boolean {
    const here = ongoing && owner === this.#windowId;
    this.#inOtherWindow.set(ongoing && owner !== null && !here);
    return here;
  }

  /**
   * Asks main to make this window the owner of the call. With `takeOver`, main agrees even if another window
   * owns the call.
   */
  claim(takeOver: boolean): void {
    if (this.#claiming && !takeOver) return;
    this.#claiming = true;
    this.#host.bridge
      .request('call.claim', { window: this.#windowId, takeOver })
      .catch((error: unknown) =>
        this.#host.reportFault(`Could not move the call to this window: ${messageOf(error)}`),
      )
      .finally(() => {
        this.#claiming = false;
      });
  }
}
