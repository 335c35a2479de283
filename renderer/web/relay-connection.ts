import { messageOf } from '../../common/base/errors.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { Established, ReconnectingSession } from '../media/session/reconnecting-session.ts';

/** How often the way to the relay is looked at, in milliseconds. */
const LOOK_MS = 1_000;
/** How often a round trip is measured where the session tells none, in milliseconds. */
const PING_MS = 5_000;
/** Nobody is told of a relay that is merely slow to answer at first, in milliseconds. */
const PATIENCE_MS = 3_000;

/** How this browser reaches the relay now. */
export interface RelayLink {
  connected: boolean;
  transport: Established['transport'];
  /** Null while nobody measured it. */
  rttMs: number | null;
  /** Why there is no session, in words; null while it may still come up. */
  problem: string | null;
}

export const NO_LINK: RelayLink = { connected: false, transport: 'webtransport', rttMs: null, problem: null };

/** Follows a session with the relay. Whoever makes it closes it; the session stays its owner's. */
export class RelayLinkWatch {
  readonly #session: ReconnectingSession;
  readonly #link = new Store<RelayLink>(NO_LINK);
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stop: () => void;
  readonly #roundTripMs: (signal: AbortSignal) => Promise<number>;
  #pingedAtMs = Number.NEGATIVE_INFINITY;
  #pingMs: number | null = null;
  #lostAtMs = performance.now();

  /** `roundTripMs` measures a round trip in another way, for sessions that tell none: browsers keep theirs back. */
  constructor(session: ReconnectingSession, roundTripMs: (signal: AbortSignal) => Promise<number>) {
    this.#session = session;
    this.#roundTripMs = roundTripMs;
    this.#stop = session.established.subscribe((established) => {
      if (!established) this.#lostAtMs = performance.now();
      void this.#look();
    });
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  get link(): Readable<RelayLink> {
    return this.#link;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stop();
  }

  /** Never rejects: a session that cannot tell its figures tells none. */
  async #look(): Promise<void> {
    const established = this.#session.established.peek();
    if (!established) {
      const patient = performance.now() - this.#lostAtMs < PATIENCE_MS;
      const error = this.#session.lastError;
      this.#set({ ...NO_LINK, problem: patient || !error ? null : messageOf(error) });
      return;
    }
    const stats = await established.stats();
    if (this.#session.established.peek() !== established) return;
    const told = stats.rtt ?? established.probe.peek().rtt ?? null;
    if (told === null) await this.#ping();
    if (this.#session.established.peek() !== established) return;
    const rttMs = told ?? this.#pingMs;
    this.#set({ connected: true, transport: established.transport, rttMs, problem: null });
  }

  /** Measures now and then, while somebody looks at the page. */
  async #ping(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#pingedAtMs < PING_MS || document.hidden) return;
    this.#pingedAtMs = nowMs;
    try {
      const rttMs = await this.#roundTripMs(AbortSignal.timeout(PING_MS));
      // The first one opens a connection; of several the shortest is nearest to the way itself.
      this.#pingMs = this.#pingMs === null ? rttMs : Math.min(rttMs, (this.#pingMs + rttMs) / 2);
    } catch {
      // Not answered: the session says by itself when the relay is gone.
      this.#pingMs = null;
    }
  }

  #set(next: RelayLink): void {
    const now = this.#link.get();
    const same = (Object.keys(next) as (keyof RelayLink)[]).every((key) => Object.is(next[key], now[key]));
    if (!same) this.#link.set(next);
  }
}
