import { Varint } from 'moq-net';
import { concatBytes } from '../../common/moq/bytes.ts';
import { StreamViolation } from './stream-input.ts';
import { WireReader } from './wire-reader.ts';

/**
 * The versions of moq-lite that sessions use. moq-net also implements the IETF's drafts and a draft of
 * moq-lite 06, which peers could select in SETUP messages. No peer of this product needs those versions, and
 * their streams have a different structure.
 */
export type LiteVersion = 1 | 2 | 3 | 4 | 5;

const NEWEST = 5;
/** In SETUP messages, moq-lite's version N has the number 0xff0dad00 + N (`js/net/src/lite/version.ts` in moq-dev/moq). */
const WIRE_BASE = 0xff0dad00;

/** The version of one session. It is known either from the start or once the SETUP messages have negotiated it. */
export class SessionVersion {
  /** Undefined until the SETUP messages have negotiated the version. */
  current: LiteVersion | undefined;

  /** @param protocol the transport's ALPN or subprotocol. `moql` or none means that SETUP messages negotiate the version. */
  constructor(protocol: string | undefined) {
    const named = /^moq-lite-0([1-5])$/.exec(protocol ?? '');
    if (named) this.current = Number(named[1]) as LiteVersion;
  }
}

/**
 * Removes the versions that sessions do not use from the body of a client's SETUP message. Sets `version` to
 * the first remaining one, because moq-net will choose it.
 *
 * @throws StreamViolation if no version remains; IncompleteError if the message is malformed
 */
export function restrictClientSetup(body: Uint8Array, version: SessionVersion): Uint8Array {
  const reader = new WireReader(body);
  const count = reader.varint();
  const usable: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1) {
    const encoded = reader.encodedVarint();
    const found = liteVersionOf(encoded);
    if (found === undefined) continue;
    version.current ??= found;
    usable.push(encoded);
  }
  if (usable.length === 0) throw new StreamViolation('the peer offers no common version');
  return concatBytes(Varint.encode(usable.length), ...usable, reader.rest());
}

/**
 * Sets `version` to the one that a server's SETUP message selects.
 *
 * @throws StreamViolation if sessions do not use that version; IncompleteError if the message is malformed
 */
export function readServerSetup(body: Uint8Array, version: SessionVersion): void {
  const found = liteVersionOf(new WireReader(body).encodedVarint());
  if (found === undefined) throw new StreamViolation('the peer selected an unsupported version');
  version.current = found;
}

function liteVersionOf(encoded: Uint8Array): LiteVersion | undefined {
  const version = Varint.decode(encoded)[0] - WIRE_BASE;
  return version >= 1 && version <= NEWEST ? (version as LiteVersion) : undefined;
}
