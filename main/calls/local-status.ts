import { Path } from 'moq-net';
import type { Session } from '../origin/session.ts';
import { STATUS_NAME, StatusSender, type WireStatus } from './call-status.ts';

/** This side's status in one call. It is sent on every session that carries the call. */
export class LocalStatus {
  #status: WireStatus;
  #nameRevealed: boolean;
  #hidden = false;
  /** The status broadcast on the newest session. It closes together with that session. */
  #sender: StatusSender | undefined;

  /** @param nameRevealed whether to send the display name. A callee reveals it only when the user accepts the call. */
  constructor(status: WireStatus, nameRevealed: boolean) {
    this.#status = status;
    this.#nameRevealed = nameRevealed;
  }

  /** The status that the window last reported, even while it is hidden from the peer. */
  get current(): WireStatus {
    return this.#status;
  }

  /** Publishes the status on a session until the session ends. */
  attach(session: Session): void {
    const sender = new StatusSender(this.#effective);
    this.#sender = sender;
    session.scope.own(() => sender.close());
    session.publish(Path.from(STATUS_NAME), sender.producer);
  }

  update(change: Partial<WireStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#sender?.change(this.#effective);
  }

  /** Marks the call as accepted by this side and reveals the display name. */
  accept(): void {
    this.#nameRevealed = true;
    this.update({ accepted: true });
  }

  /** Reports audio and video to the peer as off, or restores the status that the window reported. */
  setHidden(hidden: boolean): void {
    this.#hidden = hidden;
    this.#sender?.change(this.#effective);
  }

  get #effective(): WireStatus {
    const status = this.#hidden
      ? { ...this.#status, muted: true, pictureOff: true, sharing: false }
      : this.#status;
    return this.#nameRevealed ? status : { ...status, name: '' };
  }
}
