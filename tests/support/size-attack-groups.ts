import { concatBytes } from '../../common/moq/bytes.ts';
import type { AttackVersion } from './attack-session.ts';
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

const on = 'unidirectional';

/** Attacks with unidirectional streams of all types whose first message is too long. */
export const tooLongStreams = (): SizeAttack[] => [
  ...tooLong(on, 'a group', encode(0)),
  ...tooLong(on, 'a SETUP message', encode(1)),
  ...tooLong(on, 'a stream of an unknown type', encode(9)),
];

/**
 * Attacks on unidirectional streams: groups, SETUP messages and streams of unknown types.
 *
 * @param totalBytes total size of the valid groups; at least 24 MiB, which exceeds the limit on open groups
 */
export function groupAttacks(version: AttackVersion, totalBytes: number): SizeAttack[] {
  const time = version >= 5 ? encode(0) : new Uint8Array();
  const group = (sequence: number) => concatBytes(encode(0), message(0, sequence));
  const frame = (size: number) => concatBytes(time, encode(size));
  const largest = 8 * MIB;
  const total = `${totalBytes / MIB} MiB`;
  const needsSubscription = true;
  // A reader that falls 1,024 frames behind loses the group, and a group without readers is canceled, so
  // these attacks might be refused.
  const ofGroup = (attack: SizeAttack) => ({ ...attack, needsSubscription, mayBeRefused: true });
  const attacks: SizeAttack[] = [
    ...tooLongStreams(),
    ...tooLong(on, 'a frame', concatBytes(group(0), time), [16 * MIB, 64 * MIB]),
    {
      name: 'a frame of 8 MiB and one byte',
      on,
      pieces: () => zeros(concatBytes(group(1), frame(largest + 1)), largest + 1),
      refusedAfterBytes: MAX_UNREAD_BYTES,
    },
    {
      name: `${total} in groups with one frame of 8 MiB`,
      on,
      isLarge: true,
      needsSubscription,
      streams: totalBytes / largest,
      pieces: (stream) => zeros(concatBytes(group(10 + stream), frame(largest)), largest),
    },
    {
      name: '24 MiB in groups with one frame of 4 MiB that stay open',
      on,
      isLarge: true,
      needsSubscription,
      streams: 6,
      staysOpen: true,
      pieces: (stream) => zeros(concatBytes(group(50 + stream), frame(largest / 2)), largest / 2),
      mayBeRefused: true,
    },
    {
      name: '64 MiB in one group with frames of 1 MiB',
      on,
      isLarge: true,
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
      name: '2,000 empty groups',
      on,
      isLarge: true,
      needsSubscription,
      // The reader cancels a group above the limit on kept groups unless its stream has already ended.
      mayBeRefused: true,
      streams: 2_000,
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
