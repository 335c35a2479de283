import { concatBytes } from '../../common/moq/bytes.ts';
import type { Transport } from '../../main/origin/session.ts';
import { drain, drainAll } from './drain.ts';
import { encode, message } from './hostile.ts';

/** A version of moq-lite that an attacker uses. */
export type AttackVersion = 2 | 3 | 4 | 5;

/** The moq-lite types of bidirectional streams. */
export const STREAM = {
  session: 0,
  announce: 1,
  subscribe: 2,
  fetch: 3,
  probe: 4,
  goaway: 5,
  track: 6,
  clientSetup: 0x20,
  serverSetup: 0x21,
  unknown: 0x3e,
} as const;

/** The writing half of a stream. */
export type Writer = WritableStreamDefaultWriter<Uint8Array>;

/** In SETUP messages, version N of moq-lite is encoded as this number plus N. */
const WIRE_VERSION_BASE = 0xff0dad00;

/** How an attacker opens its session. */
export interface AttackOptions {
  version: AttackVersion;
  /** Whether SETUP messages negotiate the version, because the transport does not name it. */
  negotiates: boolean;
  /** The side that opens the SETUP stream. */
  role: 'client' | 'server';
  /** The path of the broadcast that the attacker announces. */
  broadcast: string;
  /** The type of stream that the attacker leaves unanswered, so that a test can respond to it. */
  held?: number | undefined;
}

/**
 * The attacker's end of a MoQ session, written by hand. Announces a broadcast and responds to requests, so
 * that the other side opens streams of all types.
 */
export class AttackSession {
  readonly transport: Transport;
  readonly version: AttackVersion;
  readonly #options: AttackOptions;
  /** The streams that the other side has opened, by type. */
  readonly #opened = new Map<number, PromiseWithResolvers<Writer>>();

  private constructor(transport: Transport, options: AttackOptions) {
    this.transport = transport;
    this.version = options.version;
    this.#options = options;
  }

  /** Takes ownership of the transport. Resolves when the version is known to both sides. */
  static async open(transport: Transport, options: AttackOptions): Promise<AttackSession> {
    transport.closed.catch(() => undefined);
    await transport.ready;
    const session = new AttackSession(transport, options);
    void session.#answerAll().catch(() => undefined);
    void drainAll(transport.incomingUnidirectionalStreams);
    if (options.held === STREAM.clientSetup) return session;
    if (options.negotiates && options.role === 'client') await session.#negotiate();
    if (options.negotiates && options.role === 'server') await session.opened(STREAM.clientSetup);
    if (options.version >= 5) await session.#sendSetup();
    return session;
  }

  /** Resolves to the writer of the first stream of a type that the other side opens. */
  opened(type: number): Promise<Writer> {
    return this.#slot(type).promise;
  }

  /** Opens a bidirectional stream. Reads and discards the responses. */
  async openBidirectional(): Promise<Writer> {
    const { readable, writable } = await this.transport.createBidirectionalStream();
    void drain(readable);
    return guarded(writable);
  }

  async openUnidirectional(): Promise<Writer> {
    return guarded(await this.transport.createUnidirectionalStream());
  }

  close(): void {
    this.transport.close();
  }

  async #negotiate(): Promise<void> {
    const { readable, writable } = await this.transport.createBidirectionalStream();
    await guarded(writable).write(clientSetup(this.version));
    const reader = readable.getReader();
    await reader.read();
    reader.releaseLock();
    void drain(readable);
  }

  /** Sends a SETUP message with the parameter "probe: report", so that the other side opens a PROBE stream. */
  async #sendSetup(): Promise<void> {
    const writer = await this.openUnidirectional();
    await writer.write(concatBytes(encode(1), message(1, 1, encode(1), Uint8Array.of(1))));
    await writer.close();
  }

  async #answerAll(): Promise<void> {
    const incoming = this.transport.incomingBidirectionalStreams.getReader();
    for (;;) {
      const { value: stream, done } = await incoming.read();
      if (done) return;
      void this.#answer(stream).catch(() => undefined);
    }
  }

  async #answer({ readable, writable }: WebTransportBidirectionalStream): Promise<void> {
    const reader = readable.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    void drain(readable);
    const type = value?.[0] ?? -1;
    const writer = guarded(writable);
    if (type !== this.#options.held) {
      const answer = honestAnswer(type, this.version, this.#options.broadcast);
      if (answer) await writer.write(answer);
      if (type === STREAM.track) await writer.close();
    }
    this.#slot(type).resolve(writer);
  }

  #slot(type: number): PromiseWithResolvers<Writer> {
    const slot = this.#opened.get(type) ?? Promise.withResolvers<Writer>();
    this.#opened.set(type, slot);
    return slot;
  }
}

/** TRACK_INFO with default properties. */
export const TRACK_INFO = message(Uint8Array.of(0, 0), 5_000, 1_000);

/** The client's SETUP message, including the stream type. `parameters` are encoded parameters and their count. */
export function clientSetup(version: AttackVersion, parameters: Uint8Array = encode(0)): Uint8Array {
  return setup(STREAM.clientSetup, concatBytes(encode(1), encode(WIRE_VERSION_BASE + version), parameters));
}

/** The server's SETUP message, including the stream type. `parameters` are encoded parameters and their count. */
export function serverSetup(version: AttackVersion, parameters: Uint8Array = encode(0)): Uint8Array {
  return setup(STREAM.serverSetup, concatBytes(encode(WIRE_VERSION_BASE + version), parameters));
}

/** The first message that a stream of type SUBSCRIBE requires from its publisher; empty in version 05. */
export function subscribeStart(version: AttackVersion): Uint8Array {
  if (version >= 5) return new Uint8Array();
  return version >= 3 ? concatBytes(encode(0), message(Uint8Array.of(0, 0), 0, 0, 0)) : message();
}

/** The first message that a stream of type ANNOUNCE requires from its publisher; empty in versions 03 and 04. */
export function announceStart(version: AttackVersion): Uint8Array {
  if (version >= 5) return message(7, 1);
  return version >= 3 ? new Uint8Array() : message(0);
}

/** An announcement that a broadcast has started or ended, without hops. */
export function announcement(version: AttackVersion, path: string, active = true): Uint8Array {
  const parts = [Uint8Array.of(active ? 1 : 0), path];
  return version >= 3 ? message(...parts, 0) : message(...parts);
}

function honestAnswer(type: number, version: AttackVersion, broadcast: string): Uint8Array | undefined {
  switch (type) {
    case STREAM.clientSetup:
      return serverSetup(version);
    case STREAM.announce:
      return concatBytes(announceStart(version), announcement(version, broadcast));
    case STREAM.subscribe:
      return version >= 5 ? undefined : subscribeStart(version);
    case STREAM.track:
      return TRACK_INFO;
    default:
      return undefined;
  }
}

/** The length of a SETUP message has two bytes. */
function setup(type: number, body: Uint8Array): Uint8Array {
  return concatBytes(encode(type), Uint8Array.of(body.byteLength >> 8, body.byteLength & 0xff), body);
}

function guarded(writable: WritableStream<Uint8Array>): Writer {
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  return writer;
}
