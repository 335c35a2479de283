import { RateMeter } from '../base/rate-meter.ts';
import type { Session } from '../origin/session.ts';

/** A session's bit rate in each direction over the last sampling interval. */
export interface Traffic {
  sentBps: number;
  receivedBps: number;
}

const NO_TRAFFIC: Traffic = { sentBps: 0, receivedBps: 0 };

/** Measures session bit rates by sampling byte counters. */
export class TrafficMeter {
  readonly #meters = new Map<Session, { sent: RateMeter; received: RateMeter; traffic: Traffic }>();

  /** Returns a session's rates. They are zero if the session has not been sampled yet. */
  of(session: Session | undefined): Traffic {
    return (session && this.#meters.get(session)?.traffic) ?? NO_TRAFFIC;
  }

  /** Samples the given sessions and forgets all others. Must be called at regular intervals. */
  async sample(sessions: Iterable<Session>): Promise<void> {
    const present = new Set(sessions);
    for (const session of this.#meters.keys()) if (!present.has(session)) this.#meters.delete(session);
    await Promise.all([...present].map((session) => this.#sampleOne(session)));
  }

  async #sampleOne(session: Session): Promise<void> {
    const stats = await session.established.stats();
    let meter = this.#meters.get(session);
    if (!meter) {
      meter = { sent: new RateMeter(), received: new RateMeter(), traffic: NO_TRAFFIC };
      this.#meters.set(session, meter);
    }
    const nowMs = performance.now();
    meter.traffic = {
      sentBps: meter.sent.sample(stats.bytesSent ?? 0, nowMs),
      receivedBps: meter.received.sample(stats.bytesReceived ?? 0, nowMs),
    };
  }
}
