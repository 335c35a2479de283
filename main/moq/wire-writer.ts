import { Varint } from 'moq-net';
import { concatBytes } from '../../common/moq/bytes.ts';

/** Joins the encoded fields of a moq-lite message, and puts their length in bytes before them. */
export function withLength(...fields: readonly Uint8Array[]): Uint8Array {
  const body = concatBytes(...fields);
  return concatBytes(Varint.encode(body.byteLength), body);
}
