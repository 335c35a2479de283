import { NO_GRANTS } from '../origin/grants.ts';
import type { Session } from '../origin/session.ts';
import { type CallLink, type CallTransport, isCaller, REPLACED } from './call-connection.ts';
import { SHUTDOWN } from './disconnect.ts';
import { PerMinute, Quiet } from './limits.ts';

export interface DoorLimits {
  /** Connections of one peer in a minute. A viewer that reconnects makes a handful. */
  connectionsPerMinute: number;
  /** How long a peer must have been quiet before it rings again, in milliseconds. */
  quietMs: number;
}

export interface DoorOptions extends DoorLimits {
  /** Whether a call with that peer goes on: then there is no ring to be quiet for. */
  expects: (peer: string) => boolean;
  /** A caller is at the door. */
  onKnock: (link: CallLink) => void;
}

/** Tells callers from viewers, and keeps one peer from ringing all the time. */
export class Door {
  readonly #options: DoorOptions;
  readonly #connections: PerMinute;
  readonly #quiet: Quiet;
  /** Callers who must be quiet first; the newest of each peer. */
  readonly #held = new Map<string, { link: CallLink; timer: ReturnType<typeof setTimeout> }>();
  #closed = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#connections = new PerMinute(options.connectionsPerMinute);
    this.#quiet = new Quiet(options.quietMs);
  }

  /** Whether a peer may connect once more, for whatever purpose. */
  admits(peer: string): boolean {
    return this.#connections.allows(peer);
  }

  /** Waits until an incoming session turns out to be a caller's. `onCall` is told before anything is done. */
  async watch(session: Session, transport: CallTransport, onCall: () => void): Promise<void> {
    if (!(await isCaller(session)) || session.scope.closed) return;
    onCall();
    session.regrant(NO_GRANTS);
    const link = { session, transport, incoming: true };
    const peer = transport.remoteId;
    const waitMs = this.#quiet.tried(peer);
    if (this.#closed) void session.close(SHUTDOWN.reason, SHUTDOWN.code);
    else if (waitMs > 0 && !this.#options.expects(peer)) this.#hold(link, waitMs);
    else this.#options.onKnock(link);
  }

  /** How a ring of that peer ended: who is never answered must be quiet for longer and longer. */
  rang(peer: string, answered: boolean): void {
    if (answered) this.#quiet.answered(peer);
    else this.#quiet.missed(peer);
  }

  close(): void {
    this.#closed = true;
    for (const { link, timer } of this.#held.values()) {
      clearTimeout(timer);
      void link.session.close(SHUTDOWN.reason, SHUTDOWN.code);
    }
    this.#held.clear();
  }

  #hold(link: CallLink, waitMs: number): void {
    const peer = link.transport.remoteId;
    const before = this.#held.get(peer);
    clearTimeout(before?.timer);
    void before?.link.session.close(REPLACED);
    const timer = setTimeout(() => {
      this.#held.delete(peer);
      if (!link.session.scope.closed) this.#options.onKnock(link);
    }, waitMs);
    this.#held.set(peer, { link, timer });
  }
}
