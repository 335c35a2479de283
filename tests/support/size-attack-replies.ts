import { concatBytes } from '../../common/moq/bytes.ts';
import {
  type AttackVersion,
  announcement,
  announceStart,
  STREAM,
  serverSetup,
  subscribeStart,
  TRACK_INFO,
} from './attack-session.ts';
import { encode, message } from './hostile.ts';
import type { SizeAttack } from './size-attack.ts';
import {
  BYTEWISE_BYTES,
  bytewise,
  MAX_OPEN_GROUP_BYTES,
  MAX_UNREAD_BYTES,
  MIB,
  manyParameters,
  repeated,
  small,
  tooLong,
  trailing,
  zeros,
} from './size-attack-messages.ts';

/** Attacks on the streams that the other side opens. */
export function replyAttacks(version: AttackVersion): SizeAttack[] {
  const attacks = [...announceReplies(version), ...subscribeReplies(version)];
  if (version >= 5) {
    attacks.push(
      // moq-net waits for a SETUP message before it opens a PROBE stream, and versions before 05 have none.
      ...tooLong(STREAM.probe, 'a PROBE message', new Uint8Array()),
      ...small(STREAM.probe, 'PROBE messages', new Uint8Array(), message(1_000, 10)),
      ...tooLong(STREAM.track, 'a TRACK_INFO message', new Uint8Array()),
      trailing(STREAM.track, 'a TRACK_INFO message', TRACK_INFO),
      ...fetchReplies(),
    );
  }
  return attacks;
}

/** Attacks by a server on the stream that negotiates the version. */
export function serverSetupAttacks(version: AttackVersion): SizeAttack[] {
  const on = STREAM.clientSetup;
  const start = serverSetup(version, manyParameters());
  return [
    { name: 'a server SETUP of 60 kB, byte by byte', on, pieces: () => bytewise(start) },
    ...tooLong(on, 'a SESSION_INFO message', serverSetup(version)),
    ...(version < 3 ? small(on, 'SESSION_INFO messages', start, message(1_000)) : []),
  ];
}

function announceReplies(version: AttackVersion): SizeAttack[] {
  const start = announceStart(version);
  const change = concatBytes(announcement(version, 'flood'), announcement(version, 'flood', false));
  const flood = (name: string, pieces: () => Iterable<Uint8Array>): SizeAttack => ({
    name,
    on: STREAM.announce,
    pieces,
    isLarge: true,
    refusedAfterBytes: MAX_UNREAD_BYTES,
  });
  const attacks = [
    ...tooLong(STREAM.announce, 'an announcement', start),
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
      ...tooLong(on, 'a SUBSCRIBE_START message', encode(0)),
      ...small(on, 'SUBSCRIBE_DROP messages', start, concatBytes(encode(2), message(0, 0, 0))),
    ];
  }
  const type = version >= 3 ? encode(0) : new Uint8Array();
  return [
    ...tooLong(on, 'a SUBSCRIBE_OK message', type),
    // Before version 05, the data after SUBSCRIBE_OK is read and discarded.
    { name: 'SUBSCRIBE_OK and 64 MiB after it', on, isLarge: true, pieces: () => zeros(start, 64 * MIB) },
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
    { name: 'a fetched frame of 8 MiB', on, isLarge: true, pieces: () => zeros(frame(8 * MIB), 8 * MIB) },
    {
      name: '64 MiB of fetched frames of 1 MiB',
      on,
      isLarge: true,
      pieces: () => repeated(new Uint8Array(), concatBytes(frame(MIB), new Uint8Array(MIB)), 64 * MIB),
      refusedAfterBytes: MAX_OPEN_GROUP_BYTES + MAX_UNREAD_BYTES,
    },
    ...small(on, 'empty fetched frames', new Uint8Array(), frame(0)).map((attack) => ({
      ...attack,
      mayBeRefused: true,
    })),
  ];
}
