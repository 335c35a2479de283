import { Path } from 'moq-net';
import type { Session } from '../origin/session.ts';
import { STATUS_NAME, StatusSender, type WireStatus } from './call-status.ts';

/** This side's status in one call. It is sent on every session that carries the call. */
export class LocalStatus {
  #status: WireStatus;
  #nameRevealed: boolean;
  #away = false;
  /** The status broadcast on the newest session. It closes together with that session. */
  #sender: StatusSender | undefined;

  /** @param nameRevealed whether to send the display name. A callee reveals it only when the user accepts the call. */
  constructor(status: WireStatus, nameRevealed: boolean) {
    this.#status = status;
    this.#nameRevealed = nameRevealed;
  }

  /** The status that the window last reported, even while the peer is told that this app has no window. */
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

  /**
   * Sets whether this app has no window. If so, also reports audio and video to the peer as off; otherwise, restores
   * the status that the window reported.
   */
  setAway(away: boolean): void {
    if (away === this.#away) return;
    this.#away = away;
    this.#sender?.change(this.#effective);
  }

  get #effective(): WireStatus {
    const status = this.#away
      ? { ...this.#status, muted: true, pictureOff: true, sharing: false, away: true }
      : this.#status;
    return this.#nameRevealed ? status : { ...status, name: '' };
  }
}
