import { Varint } from 'moq-net';
import { concatBytes } from '../../common/moq/bytes.ts';

/** Concatenates the encoded fields of a moq-lite message and prefixes them with their length in bytes. */
export function withLength(...fields: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...fields);
  return concatBytes(Varint.encode(body.byteLength), body);
}
