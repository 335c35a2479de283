import { performance } from 'node:perf_hooks';
import { concatBytes } from '../../common/moq/bytes.ts';
import { withinTime } from '../../main/base/within-time.ts';
import {
  type AttackSession,
  type AttackVersion,
  announcement,
  announceStart,
  clientSetup,
  STREAM,
  serverSetup,
  subscribeStart,
  TRACK_INFO,
  type Writer,
} from './attack-session.ts';
import { encode, message } from './hostile.ts';
import { sleep } from './wait.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const PIECE_BYTES = 256 * KIB;
/**
 * Total size of small messages on one stream, in bytes. Each message is a few bytes long, and costs as much as a large one.
 * The total exceeds the window of a stream, so at least half of the messages are handled during the measurement.
 */
const SMALL_MESSAGES_BYTES = 2 * MIB;
/** How many bytes the attacker sends one by one. Sending a mebibyte in this way would take up to a minute. */
const BYTEWISE_BYTES = 16 * KIB;
/** How many bytes of a message that is too long are sent one by one. The message is refused once its length is known. */
const BYTEWISE_TOO_LONG_BYTES = 2 * KIB;
/**
 * How many bytes the attacker can write to a stream that is refused at its first message. They fill the flow control
 * window of the stream and the sender's buffers.
 */
const MAX_UNREAD_BYTES = 6 * MIB;
/** Maximum total size of the open groups in one session, in bytes. */
const MAX_OPEN_GROUP_BYTES = 16 * MIB;
/** How long the other side may take to reset a stream, or an attack to finish, in ms. */
const RESET_MS = 5_000;
const ATTACK_MS = 120_000;

/** What the attacker sends on one kind of stream, and how the other side must react. */
export interface SizeAttack {
  name: string;
  /**
   * The kind of stream that the attacker opens. A number means the first stream of this type that the other side opens.
   */
  on: 'bidirectional' | 'unidirectional' | number;
  /** The bytes, in the order in which they are sent. `stream` is the index of the stream. */
  pieces(stream: number): Iterable<Uint8Array>;
  /** Number of streams, which are used one after the other. Default: 1. */
  streams?: number;
  /** Whether the attack needs the other side to subscribe to the attacker's broadcast. */
  needsSubscription?: boolean;
  /**
   * Maximum number of bytes that can be written before the stream is reset. Undefined means that all bytes are accepted.
   */
  refusedAfterBytes?: number;
  /** Whether the stream may be reset or not, depending on the timing. Such streams have no harmful size. */
  mayBeRefused?: boolean;
}

/** The result of an attack. */
export interface Sent {
  /** Number of bytes that the attacker has written. */
  bytes: number;
  /** Whether the other side has reset a stream, closed the session, or stopped reading. */
  reset: boolean;
}

/** Sends all bytes of an attack, or stops when the stream is reset. Rejects after `ATTACK_MS`. */
export async function runAttack(session: AttackSession, attack: SizeAttack): Promise<Sent> {
  const sent: Sent = { bytes: 0, reset: false };
  const untilMs = performance.now() + ATTACK_MS;
  if (attack.needsSubscription) await within(session.opened(STREAM.subscribe));
  for (let stream = 0; stream < (attack.streams ?? 1) && !sent.reset; stream += 1) {
    const writer = await openWriter(session, attack);
    try {
      for (const piece of attack.pieces(stream)) {
        if (performance.now() > untilMs)
          throw new Timeout(`${attack.name}: ${sent.bytes} bytes were written`);
        await within(writer.write(piece));
        sent.bytes += piece.byteLength;
      }
      // If the stream was stopped after the last write, the attacker notices only when it writes again.
      if (attack.refusedAfterBytes !== undefined) await writeUntilReset(writer);
      else if ((attack.streams ?? 1) > 1) await writer.close();
    } catch (error) {
      // A refused stream may also stay open without being read. The flow control window then limits its bytes.
      if (error instanceof Timeout && attack.refusedAfterBytes === undefined) throw error;
      sent.reset = true;
    }
  }
  return sent;
}

class Timeout extends Error {}

function within<T>(work: Promise<T>, untilMs = performance.now() + RESET_MS): Promise<T> {
  return withinTime(work, {
    timeoutMs: untilMs - performance.now(),
    timeoutError: () => new Timeout('the attack made no progress'),
  });
}

function openWriter(session: AttackSession, { on }: SizeAttack): Promise<Writer> {
  if (on === 'bidirectional') return session.openBidirectional();
  return on === 'unidirectional' ? session.openUnidirectional() : within(session.opened(on));
}

/** Writes one byte at a time until the write fails. Returns after `RESET_MS` without a failure. */
async function writeUntilReset(writer: Writer): Promise<void> {
  const untilMs = performance.now() + RESET_MS;
  while (performance.now() < untilMs) {
    await within(writer.write(Uint8Array.of(0)), untilMs);
    await sleep(20);
  }
}

function* zeros(head: Uint8Array, size: number, pieceBytes = PIECE_BYTES): Generator<Uint8Array> {
  yield head;
  const piece = new Uint8Array(pieceBytes);
  for (let left = size; left > 0; left -= pieceBytes)
    yield left < pieceBytes ? piece.subarray(0, left) : piece;
}

/** Repeats `unit` until `size` bytes are reached, in pieces of whole units. */
function* repeated(head: Uint8Array, unit: Uint8Array, size: number): Generator<Uint8Array> {
  if (head.byteLength > 0) yield head;
  const count = Math.ceil(Math.min(PIECE_BYTES, size) / unit.byteLength);
  const piece = concatBytes(...new Array<Uint8Array>(count).fill(unit));
  for (let left = size; left > 0; left -= piece.byteLength) yield piece;
}

function* bytewise(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.byteLength; i += 1) yield bytes.subarray(i, i + 1);
}

/** Attacks with a message whose length field exceeds the limit. Its bytes are sent in large pieces, and one by one. */
function tooLong(
  on: SizeAttack['on'],
  name: string,
  head: Uint8Array,
  sizes: readonly number[],
): SizeAttack[] {
  const whole = sizes.map((size) => ({
    name: `${name} that declares and sends ${size / MIB} MiB`,
    on,
    pieces: () => zeros(concatBytes(head, encode(size)), size),
    refusedAfterBytes: MAX_UNREAD_BYTES,
  }));
  const size = sizes.at(-1) ?? MIB;
  const byByte = {
    name: `${name} that declares ${size / MIB} MiB, byte by byte`,
    on,
    pieces: () => zeros(concatBytes(head, encode(size)), BYTEWISE_TOO_LONG_BYTES, 1),
    refusedAfterBytes: MAX_UNREAD_BYTES,
  };
  return [...whole, byByte];
}

/** An attack with 64 MiB after a complete message, although the stream must end after the message. */
function trailing(on: SizeAttack['on'], name: string, head: Uint8Array): SizeAttack {
  return {
    name: `${name} and 64 MiB after it`,
    on,
    pieces: () => zeros(head, 64 * MIB),
    refusedAfterBytes: MAX_UNREAD_BYTES,
  };
}

/** Attacks with small valid messages. They are sent in large pieces, and one byte at a time. */
function small(on: SizeAttack['on'], name: string, head: Uint8Array, unit: Uint8Array): SizeAttack[] {
  const few = concatBytes(
    head,
    ...new Array<Uint8Array>(Math.ceil(BYTEWISE_BYTES / unit.byteLength)).fill(unit),
  );
  return [
    { name: `2 MiB of ${name}`, on, pieces: () => repeated(head, unit, SMALL_MESSAGES_BYTES) },
    { name: `16 KiB of ${name}, byte by byte`, on, pieces: () => bytewise(few) },
  ];
}

/** Unknown parameters of almost 64 KiB in total, with their count. The ids are odd, which means that a length follows. */
function manyParameters(): Uint8Array {
  const value = new Uint8Array(2_000);
  const parameters = Array.from({ length: 30 }, (_, i) =>
    concatBytes(encode(2 * i + 1_001), encode(value.byteLength), value),
  );
  return concatBytes(encode(parameters.length), ...parameters);
}

/** Declared sizes of messages that are too long, in bytes: the smallest and the largest that the guards must refuse. */
const SIZES = [MIB, 64 * MIB];

/** Attacks on the bidirectional streams that the attacker opens. */
export function requestAttacks(version: AttackVersion): SizeAttack[] {
  const { clientSetup: _setup, serverSetup: _reply, ...types } = STREAM;
  const all = Object.entries(types).flatMap(([name, type]) =>
    tooLong('bidirectional', `a request of type ${name}`, encode(type), SIZES),
  );
  const announce = concatBytes(encode(STREAM.announce), version >= 4 ? message('', 0) : message(''));
  const updates = version >= 3 ? message(Uint8Array.of(1, 0), 0, 0, 0) : message(Uint8Array.of(1));
  const subscribe = concatBytes(
    encode(STREAM.subscribe),
    version >= 3
      ? message(0, 'good', 'video', Uint8Array.of(1, 0), 0, 0, 0)
      : message(0, 'good', 'video', Uint8Array.of(1)),
  );
  const requests = [
    trailing('bidirectional', 'an ANNOUNCE request', announce),
    trailing('bidirectional', 'a PROBE request', encode(STREAM.probe)),
    ...small('bidirectional', 'SUBSCRIBE_UPDATE messages', subscribe, updates),
  ];
  if (version >= 5) {
    const track = concatBytes(encode(STREAM.track), message('good', 'video'));
    const fetch = concatBytes(encode(STREAM.fetch), message('good', 'video', Uint8Array.of(0), 0));
    requests.push(
      trailing('bidirectional', 'a TRACK request', track),
      trailing('bidirectional', 'a FETCH request', fetch),
    );
  }
  return [...all, ...requests];
}

/** Attacks on the stream with which a client negotiates the version. They need a transport without a session. */
export function clientSetupAttacks(version: AttackVersion): SizeAttack[] {
  const start = clientSetup(version, manyParameters());
  return [
    ...small('bidirectional', 'SESSION_INFO messages after a SETUP of 60 kB', start, message(1_000)),
    {
      name: 'a SETUP of 60 kB, byte by byte',
      on: 'bidirectional',
      pieces: () => bytewise(start),
    },
    ...tooLong('bidirectional', 'a SESSION_INFO message', clientSetup(version), SIZES),
  ];
}

/** Attacks on unidirectional streams. */
export function unidirectionalAttacks(version: AttackVersion): SizeAttack[] {
  const on = 'unidirectional';
  const time = version >= 5 ? encode(0) : new Uint8Array();
  const group = (sequence: number) => concatBytes(encode(0), message(0, sequence));
  const frame = (size: number) => concatBytes(time, encode(size));
  const largest = 8 * MIB;
  const needsSubscription = true;
  // A reader that falls 1,024 frames behind loses the group, and a group without readers is cancelled.
  const ofGroup = (attack: SizeAttack) => ({ ...attack, needsSubscription, mayBeRefused: true });
  const attacks: SizeAttack[] = [
    ...tooLong(on, 'a group', encode(0), SIZES),
    ...tooLong(on, 'a SETUP message', encode(1), SIZES),
    ...tooLong(on, 'a stream of an unknown type', encode(9), SIZES),
    ...tooLong(on, 'a frame', concatBytes(group(0), time), [16 * MIB, 64 * MIB]),
    {
      name: 'a frame of 8 MiB and one byte',
      on,
      pieces: () => zeros(concatBytes(group(1), frame(largest + 1)), largest + 1),
      refusedAfterBytes: MAX_UNREAD_BYTES,
    },
    {
      name: '64 MiB in groups with one frame of 8 MiB',
      on,
      needsSubscription,
      streams: 8,
      pieces: (stream) => zeros(concatBytes(group(10 + stream), frame(largest)), largest),
    },
    {
      name: '64 MiB in one group with frames of 1 MiB',
      on,
      needsSubscription,
      pieces: () => repeated(group(20), concatBytes(frame(MIB), new Uint8Array(MIB)), 64 * MIB),
      refusedAfterBytes: MAX_OPEN_GROUP_BYTES + MAX_UNREAD_BYTES,
    },
    {
      name: 'a frame of 16 KiB, byte by byte',
      on,
      needsSubscription,
      pieces: () => zeros(concatBytes(group(30), frame(BYTEWISE_BYTES)), BYTEWISE_BYTES, 1),
    },
    ...small(on, 'empty frames', group(40), frame(0)).map(ofGroup),
    ...small(on, 'frames of one byte', group(41), concatBytes(frame(1), Uint8Array.of(1))).map(ofGroup),
    {
      name: '5,000 empty groups',
      on,
      needsSubscription,
      streams: 5_000,
      pieces: (stream) => [group(1_000 + stream)],
    },
  ];
  if (version < 5) return attacks;
  const setup = concatBytes(encode(1), message(manyParameters()));
  return [
    ...attacks,
    { name: 'a SETUP message of 60 kB, byte by byte', on, pieces: () => bytewise(setup) },
    trailing(on, 'a SETUP message of 60 kB', setup),
  ];
}

/** Attacks on the streams that the other side opens. The session must leave streams of the type `on` unanswered. */
export function replyAttacks(version: AttackVersion, negotiates: boolean): SizeAttack[] {
  const attacks = [...announceReplies(version), ...subscribeReplies(version)];
  if (version >= 5) {
    attacks.push(
      // moq-net waits for a SETUP message before it opens a PROBE stream, and versions before 05 have none.
      ...tooLong(STREAM.probe, 'a PROBE message', new Uint8Array(), SIZES),
      ...small(STREAM.probe, 'PROBE messages', new Uint8Array(), message(1_000, 10)),
      ...tooLong(STREAM.track, 'a TRACK_INFO message', new Uint8Array(), SIZES),
      trailing(STREAM.track, 'a TRACK_INFO message', TRACK_INFO),
      ...fetchReplies(),
    );
  }
  if (negotiates) {
    const start = serverSetup(version, manyParameters());
    attacks.push(
      {
        name: 'a server SETUP of 60 kB, byte by byte',
        on: STREAM.clientSetup,
        pieces: () => bytewise(start),
      },
      ...tooLong(STREAM.clientSetup, 'a SESSION_INFO message', serverSetup(version), SIZES),
    );
    if (version === 2)
      attacks.push(...small(STREAM.clientSetup, 'SESSION_INFO messages', start, message(1_000)));
  }
  return attacks;
}

function announceReplies(version: AttackVersion): SizeAttack[] {
  const start = announceStart(version);
  const change = concatBytes(announcement(version, 'flood'), announcement(version, 'flood', false));
  const flood = (name: string, pieces: () => Iterable<Uint8Array>): SizeAttack => ({
    name,
    on: STREAM.announce,
    pieces,
    refusedAfterBytes: MAX_UNREAD_BYTES,
  });
  const attacks = [
    ...tooLong(STREAM.announce, 'an announcement', start, SIZES),
    flood('64 MiB of announcements', () => repeated(start, change, 64 * MIB)),
    flood('announcements byte by byte', () => bytewise(concatBytes(start, ...new Array(4_000).fill(change)))),
  ];
  if (version > 2) return attacks;
  const names = Array.from({ length: 5_000 }, (_, i) => encode(`flood${i}`));
  const list = message(names.length, ...names);
  return [...attacks, flood('a list of 5,000 announcements', () => [list])];
}

function subscribeReplies(version: AttackVersion): SizeAttack[] {
  const on = STREAM.subscribe;
  const start = subscribeStart(version);
  if (version >= 5) {
    return [
      ...tooLong(on, 'a SUBSCRIBE_START message', encode(0), SIZES),
      ...small(on, 'SUBSCRIBE_DROP messages', start, concatBytes(encode(2), message(0, 0, 0))),
    ];
  }
  const type = version >= 3 ? encode(0) : new Uint8Array();
  return [
    ...tooLong(on, 'a SUBSCRIBE_OK message', type, SIZES),
    // Before version 05, what follows SUBSCRIBE_OK is read without being kept.
    { name: 'SUBSCRIBE_OK and 64 MiB after it', on, pieces: () => zeros(start, 64 * MIB) },
    {
      mayBeRefused: true,
      name: 'SUBSCRIBE_OK and 16 KiB, byte by byte',
      on,
      pieces: () => zeros(start, BYTEWISE_BYTES, 1),
    },
  ];
}

/** Only version 05 has FETCH. */
function fetchReplies(): SizeAttack[] {
  const on = STREAM.fetch;
  const frame = (size: number) => concatBytes(encode(0), encode(size));
  return [
    ...tooLong(on, 'a fetched frame', encode(0), [16 * MIB, 64 * MIB]),
    { name: 'a fetched frame of 8 MiB', on, pieces: () => zeros(frame(8 * MIB), 8 * MIB) },
    {
      name: '64 MiB of fetched frames of 1 MiB',
      on,
      pieces: () => repeated(new Uint8Array(), concatBytes(frame(MIB), new Uint8Array(MIB)), 64 * MIB),
      refusedAfterBytes: MAX_OPEN_GROUP_BYTES + MAX_UNREAD_BYTES,
    },
    ...small(on, 'empty fetched frames', new Uint8Array(), frame(0)).map((attack) => ({
      ...attack,
      mayBeRefused: true,
    })),
  ];
}
