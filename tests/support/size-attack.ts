import { performance } from 'node:perf_hooks';
import { type AttackSession, STREAM, type Writer } from './attack-session.ts';
import { sleep } from './wait.ts';

/** Maximum time for the other side to accept a write or to reset a stream, in ms. */
const STALLED_MS = 20_000;
/** How long the attacker waits before it checks again whether a stream has been reset, in ms. */
const CHECK_MS = 20;

/** What the attacker sends on one kind of stream, and how the other side must react. */
export interface SizeAttack {
  name: string;
  /**
   * The kind of stream that the attacker opens. A number means the first stream of this type that the other side opens.
   */
  on: 'bidirectional' | 'unidirectional' | number;
  /**
   * Whether the attacker opens no session before the attack, because it attacks the stream that negotiates
   * the version.
   */
  withoutSession?: boolean;
  /** The bytes, in the order in which they are sent. `stream` is the index of the stream. */
  pieces(stream: number): Iterable<Uint8Array>;
  /** Number of streams, which are used one after the other. Default: 1. */
  streams?: number;
  /** Whether the streams stay open. By default, they are closed if there are several. */
  staysOpen?: boolean;
  /** Whether the attack needs the other side to subscribe to the attacker's broadcast. */
  needsSubscription?: boolean;
  /**
   * Maximum number of bytes that can be written before the stream is reset. Undefined means that all bytes are accepted.
   */
  refusedAfterBytes?: number;
  /**
   * Whether the test accepts both a reset and no reset, because the outcome depends on the timing. Such
   * streams have no harmful size.
   */
  mayBeRefused?: boolean;
  /** Whether the attack sends so much data that it must be measured separately from all other attacks. */
  isLarge?: boolean;
}

/** The result of an attack. */
export interface Sent {
  /** Number of bytes that the attacker has written. */
  bytes: number;
  /** Whether the other side has reset a stream or closed the session. */
  reset: boolean;
}

/**
 * Sends all bytes of an attack, or stops when the stream is reset.
 *
 * @throws Error if nothing happens for `STALLED_MS`, or a stream that must be refused is not reset within
 * this time
 */
export async function runAttack(session: AttackSession, attack: SizeAttack): Promise<Sent> {
  const attacker = new Attacker(session, attack);
  const done = attacker.send();
  // A write might stay pending after the check has noticed the end.
  done.catch(() => undefined);
  const check = setInterval(() => attacker.check(), CHECK_MS);
  try {
    await Promise.race([done, attacker.ended]);
    return { bytes: attacker.bytes, reset: false };
  } catch (error) {
    if (error instanceof Stalled) throw error;
    return { bytes: attacker.bytes, reset: true };
  } finally {
    clearInterval(check);
  }
}

class Stalled extends Error {}

class Attacker {
  bytes = 0;
  /** Rejects when a stream has been reset, or when there is no progress. */
  readonly ended: Promise<never>;
  readonly #session: AttackSession;
  readonly #attack: SizeAttack;
  readonly #end: (error: Error) => void;
  #writer: Writer | undefined;
  #progressAtMs = performance.now();

  constructor(session: AttackSession, attack: SizeAttack) {
    this.#session = session;
    this.#attack = attack;
    const { promise, reject } = Promise.withResolvers<never>();
    this.ended = promise;
    this.#end = reject;
  }

  async send(): Promise<void> {
    const { needsSubscription, streams = 1, staysOpen, pieces, refusedAfterBytes } = this.#attack;
    if (needsSubscription) await this.#session.opened(STREAM.subscribe);
    for (let stream = 0; stream < streams; stream += 1) {
      const writer = await this.#open();
      this.#writer = writer;
      for (const piece of pieces(stream)) {
        await writer.write(piece);
        this.bytes += piece.byteLength;
        this.#progressAtMs = performance.now();
      }
      if (refusedAfterBytes !== undefined) await writeUntilReset(writer);
      else if (streams > 1 && !staysOpen) await writer.close();
    }
  }

  /** Ends the attack if its stream has been reset, or if there is no progress. */
  check(): void {
    // qmux does not end a write that waits for flow control when the stream is reset, but this property then
    // becomes null.
    if (this.#writer?.desiredSize === null) this.#end(new Error('reset'));
    if (performance.now() - this.#progressAtMs > STALLED_MS)
      this.#end(new Stalled(`${this.#attack.name}: no progress after ${this.bytes} bytes`));
  }

  #open(): Promise<Writer> {
    const { on } = this.#attack;
    if (on === 'bidirectional') return this.#session.openBidirectional();
    return on === 'unidirectional' ? this.#session.openUnidirectional() : this.#session.opened(on);
  }
}

/**
 * Writes one byte at a time until the write fails. If the stream was stopped after the last write, the attacker notices it
 * only when it writes again.
 */
async function writeUntilReset(writer: Writer): Promise<never> {
  for (;;) {
    await writer.write(Uint8Array.of(0));
    await sleep(CHECK_MS);
  }
}
