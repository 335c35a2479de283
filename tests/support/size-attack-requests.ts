import { concatBytes } from '../../common/moq/bytes.ts';
import { type AttackVersion, clientSetup, STREAM } from './attack-session.ts';
import { encode, message } from './hostile.ts';
import type { SizeAttack } from './size-attack.ts';
import { tooLongStreams } from './size-attack-groups.ts';
import { bytewise, manyParameters, small, tooLong, trailing } from './size-attack-messages.ts';

/** Attacks with overlong requests of all types. */
const tooLongRequests = (): SizeAttack[] =>
  Object.entries(STREAM).flatMap(([name, type]) =>
    tooLong('bidirectional', `a request of type ${name}`, encode(type)),
  );

/** Attacks on the bidirectional streams that the attacker opens. */
export function requestAttacks(version: AttackVersion): SizeAttack[] {
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
  return [...tooLongRequests(), ...requests];
}

/**
 * Attacks by a client on the stream that negotiates the version, and with other streams before the version is
 * known.
 */
export function clientSetupAttacks(version: AttackVersion): SizeAttack[] {
  const start = clientSetup(version, manyParameters());
  const attacks: SizeAttack[] = [
    ...small('bidirectional', 'SESSION_INFO messages after a SETUP of 60 kB', start, message(1_000)),
    { name: 'a SETUP of 60 kB, byte by byte', on: 'bidirectional', pieces: () => bytewise(start) },
    ...tooLong('bidirectional', 'a SESSION_INFO message', clientSetup(version)),
    ...tooLongRequests().filter(({ name }) => !name.includes('clientSetup')),
    ...tooLongStreams(),
  ];
  return attacks.map((attack) => ({ ...attack, withoutSession: true }));
}
