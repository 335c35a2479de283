import { AttemptLimiter } from '../base/attempt-limiter.ts';
import { NO_GRANTS } from '../origin/grants.ts';
import type { Session } from '../origin/session.ts';
import { type CallConnection, type CallTransport, REPLACED } from './call-connection.ts';
import { isCaller } from './caller-detection.ts';
import { SHUTDOWN } from './disconnect.ts';
import { RingCooldown } from './ring-cooldown.ts';

/** Limits for each remote peer. */
export interface ScreeningLimits {
  /** Maximum number of connections per peer per minute. A viewer that reconnects needs only a few. */
  connectionsPerMinute: number;
  /** How long a peer must make no attempts before it can ring again, in milliseconds. */
  quietMs: number;
}

/** Options for `CallScreening`: the limits, and how to handle a caller. */
interface ScreeningOptions extends ScreeningLimits {
  /**
   * Whether a call with the peer already exists. If so, its connections do not ring, and the cooldown does not
   * apply.
   */
  isExpected: (peer: string) => boolean;
  /** Called with each connection from a caller as soon as it may ring. */
  onCaller: (connection: CallConnection) => void;
}

/** Distinguishes callers from viewers among incoming sessions, and limits how often each peer can connect and ring. */
export class CallScreening {
  readonly #options: ScreeningOptions;
  readonly #connections: AttemptLimiter;
  readonly #cooldown: RingCooldown;
  /** Callers that are waiting for their cooldown to end. Maps each peer to its newest connection. */
  readonly #delayed = new Map<string, { connection: CallConnection; timer: ReturnType<typeof setTimeout> }>();
  #closed = false;

  constructor(options: ScreeningOptions) {
    this.#options = options;
    this.#connections = new AttemptLimiter(options.connectionsPerMinute);
    this.#cooldown = new RingCooldown(options.quietMs);
  }

  /** Counts a connection from a viewer or caller. Returns whether the peer is within its limit. */
  admits(peer: string): boolean {
    return this.#connections.allows(peer);
  }

  /**
   * Resolves when the session has ended, or when a caller has been detected and its session has been passed
   * on or delayed. `onCall` is called as soon as the caller is detected, before the session's grants change.
   */
  async screen(session: Session, transport: CallTransport, onCall: () => void): Promise<void> {
    if (!(await isCaller(session)) || session.scope.closed) return;
    onCall();
    session.regrant(NO_GRANTS);
    const connection = { session, transport, incoming: true };
    const peer = transport.remoteId;
    const waitMs = this.#cooldown.attempt(peer);
    if (this.#closed) void session.close(SHUTDOWN.reason, SHUTDOWN.code);
    else if (waitMs > 0 && !this.#options.isExpected(peer)) this.#delay(connection, waitMs);
    else this.#options.onCaller(connection);
  }

  /** Records how the peer's ringing call ended. Unanswered calls lengthen the peer's cooldown. */
  recordRing(peer: string, answered: boolean): void {
    if (answered) this.#cooldown.recordAnswered(peer);
    else this.#cooldown.recordMissed(peer);
  }

  close(): void {
    this.#closed = true;
    for (const { connection, timer } of this.#delayed.values()) {
      clearTimeout(timer);
      void connection.session.close(SHUTDOWN.reason, SHUTDOWN.code);
    }
    this.#delayed.clear();
  }

  #delay(connection: CallConnection, waitMs: number): void {
    const peer = connection.transport.remoteId;
    const previous = this.#delayed.get(peer);
    clearTimeout(previous?.timer);
    void previous?.connection.session.close(REPLACED);
    const timer = setTimeout(() => {
      this.#delayed.delete(peer);
      if (!connection.session.scope.closed) this.#options.onCaller(connection);
    }, waitMs);
    this.#delayed.set(peer, { connection, timer });
  }
}
