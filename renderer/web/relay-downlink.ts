import { type Readable, Store } from '../../common/base/store.ts';
import type { ConnectionFacts } from '../../common/bridge/renditions.ts';
import { DOWNLINK_SAMPLE_MS, goodputBps, senderEstimateBps } from '../../common/moq/downlink.ts';
import type { Established, ReconnectingSession } from '../media/session/reconnecting-session.ts';

/** Facts about the connection that the session itself does not provide. */
export interface DownlinkContext {
  /** The round-trip time that the badge shows, in milliseconds; null if unknown. */
  rttMs(): number | null;
  /** Whether packets take a direct or a relayed path from the publisher to the relay; null if unknown. */
  kind(): ConnectionFacts['kind'];
}

interface Sample {
  established: Established;
  atMs: number;
  bytes: number;
}

/**
 * Measures the downlink of a session with the relay. The player uses the result to choose a rendition. The
 * creator must close this object.
 */
export class RelayDownlink {
  readonly #session: ReconnectingSession;
  readonly #context: DownlinkContext;
  readonly #facts = new Store<ConnectionFacts | null>(null);
  readonly #timer: ReturnType<typeof setInterval>;
  #last: Sample | undefined;
  #connection = 0;

  constructor(session: ReconnectingSession, context: DownlinkContext) {
    this.#session = session;
    this.#context = context;
    this.#timer = setInterval(() => void this.#sample(), DOWNLINK_SAMPLE_MS);
  }

  /** Null while there is no session, or if its transport does not count bytes. */
  get facts(): Readable<ConnectionFacts | null> {
    return this.#facts;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. Without a session or without byte counters, the facts are null. */
  async #sample(): Promise<void> {
    const established = this.#session.established.peek();
    const bytes = established && (await established.stats()).bytesReceived;
    if (!established || bytes === undefined || established !== this.#session.established.peek()) {
      this.#last = undefined;
      if (this.#facts.get() !== null) this.#facts.set(null);
      return;
    }
    const atMs = performance.now();
    const before = this.#last;
    this.#last = { established, atMs, bytes };
    if (before?.established !== established) {
      this.#connection += 1;
      return;
    }
    if (atMs <= before.atMs) return;
    this.#facts.set({
      atMs,
      connection: this.#connection,
      kind: this.#context.kind(),
      rttMs: this.#context.rttMs(),
      senderEstimateBps: senderEstimateBps(established),
      goodputBps: goodputBps(bytes - before.bytes, atMs - before.atMs),
    });
  }
}
