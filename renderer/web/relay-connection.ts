import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { RelayRefusal } from '../../common/relay/relay-refusal.ts';
import type { Established, ReconnectingSession } from '../media/session/reconnecting-session.ts';
import { refusalOf } from './refusal.ts';

/** Interval between samples of the session's state, in milliseconds. */
const SAMPLE_MS = 1_000;
/**
 * Interval between measurements of the round-trip time over HTTP, in milliseconds. They are made only while
 * the session does not report a round-trip time.
 */
const PING_MS = 5_000;
/**
 * Delay between the loss of the connection and the report of the problem, in milliseconds. Most reconnects
 * succeed within this delay.
 */
const GRACE_MS = 3_000;

/** The state of this browser's connection to the relay. */
export interface RelayConnectionState {
  connected: boolean;
  transport: Established['transport'];
  /** Round-trip time in milliseconds; null if unknown. */
  rttMs: number | null;
  /** Why there is no session, as text for the user; null while connected and shortly after a loss. */
  problem: string | null;
  /** Why the relay refuses this page's sessions; null while connected, and if the relay has not refused any. */
  refusal: RelayRefusal | null;
}

/** The state before the first session. */
export const DISCONNECTED: RelayConnectionState = {
  connected: false,
  transport: 'webtransport',
  rttMs: null,
  problem: null,
  refusal: null,
};

/** Samples the state of a session with the relay. Closing this object leaves the session open. */
export class RelayConnectionMonitor {
  readonly #session: ReconnectingSession;
  readonly #measureRttMs: (signal: AbortSignal) => Promise<number>;
  readonly #state = new Store<RelayConnectionState>(DISCONNECTED);
  readonly #scope = new Scope();
  #pingedAtMs = Number.NEGATIVE_INFINITY;
  #pingMs: number | null = null;
  #lostAtMs = performance.now();

  /**
   * `measureRttMs` measures the round-trip time over HTTP, because many browsers do not report the session's
   * round-trip time.
   */
  constructor(session: ReconnectingSession, measureRttMs: (signal: AbortSignal) => Promise<number>) {
    this.#session = session;
    this.#measureRttMs = measureRttMs;
    this.#scope.own(
      session.established.subscribe((established) => {
        if (!established) this.#lostAtMs = performance.now();
        void this.#sample();
      }),
    );
    const timer = setInterval(() => void this.#sample(), SAMPLE_MS);
    this.#scope.own(() => clearInterval(timer));
  }

  get state(): Readable<RelayConnectionState> {
    return this.#state;
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  /**
   * Updates `state`. Never rejects. If the session does not report a round-trip time, measures it over HTTP.
   */
  async #sample(): Promise<void> {
    const established = this.#session.established.peek();
    if (!established) {
      const grace = performance.now() - this.#lostAtMs < GRACE_MS;
      const error = this.#session.lastError;
      const refusal = refusalOf(error);
      // A refusal is certain, so it is shown immediately.
      const problem = !error || (grace && !refusal) ? null : messageOf(error);
      this.#set({ ...DISCONNECTED, problem, refusal });
      return;
    }
    const stats = await established.stats();
    if (this.#session.established.peek() !== established) return;
    const reportedMs = stats.rtt ?? established.probe.peek().rtt ?? null;
    if (reportedMs === null) await this.#ping();
    if (this.#session.established.peek() !== established) return;
    const rttMs = reportedMs ?? this.#pingMs;
    this.#set({ ...DISCONNECTED, connected: true, transport: established.transport, rttMs });
  }

  /** Measures the round-trip time every few seconds while the page is visible. */
  async #ping(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#pingedAtMs < PING_MS || document.hidden) return;
    this.#pingedAtMs = nowMs;
    try {
      const rttMs = await this.#measureRttMs(AbortSignal.timeout(PING_MS));
      // A lower value replaces the average immediately, because it is closer to the real round-trip time. The
      // first value is too high, because it includes the handshake.
      this.#pingMs = this.#pingMs === null ? rttMs : Math.min(rttMs, (this.#pingMs + rttMs) / 2);
    } catch {
      // The relay did not respond. If the relay is gone, the session ends on its own.
      this.#pingMs = null;
    }
  }

  #set(next: RelayConnectionState): void {
    const now = this.#state.get();
    const same = (Object.keys(next) as (keyof RelayConnectionState)[]).every((key) =>
      Object.is(next[key], now[key]),
    );
    if (!same) this.#state.set(next);
  }
}
