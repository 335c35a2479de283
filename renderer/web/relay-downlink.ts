import { type Readable, Store } from '../../common/base/store.ts';
import type { ConnectionFacts } from '../../common/bridge/renditions.ts';
import type { Established, ReconnectingSession } from '../media/session/reconnecting-session.ts';

/** How often the way to here is looked at, in milliseconds: as main looks at its links. */
const LOOK_MS = 200;

/** What is known beside the session. */
export interface DownlinkContext {
  /** The round trip that the badge shows, in milliseconds. */
  rttMs(): number | null;
  /** How packets come from the publisher to the relay. */
  kind(): ConnectionFacts['kind'];
}

interface Look {
  established: Established;
  atMs: number;
  bytes: number;
}

/** What a session with the relay says of the way to here, for the choice of renditions. Whoever makes it closes it. */
export class RelayDownlink {
  readonly #session: ReconnectingSession;
  readonly #context: DownlinkContext;
  readonly #facts = new Store<ConnectionFacts | null>(null);
  readonly #timer: ReturnType<typeof setInterval>;
  #last: Look | undefined;
  #connection = 0;

  constructor(session: ReconnectingSession, context: DownlinkContext) {
    this.#session = session;
    this.#context = context;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** Null while there is no session, and where its bytes are not counted. */
  get facts(): Readable<ConnectionFacts | null> {
    return this.#facts;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects: a session that cannot tell its figures tells none. */
  async #look(): Promise<void> {
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
      // What the relay says that it could send; a version without PROBE says nothing.
      senderEstimateBps: established.probe.peek().estimatedRecvRate ?? null,
      goodputBps: Math.round((Math.max(0, bytes - before.bytes) * 8_000) / (atMs - before.atMs)),
    });
  }
}
