import { Varint } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { IncompleteError, varintLength, WireReader } from '../../../../main/moq/wire-reader.ts';

describe('WireReader', () => {
  it('reads varints of every length, bytes and text in order', () => {
    const values = [0, 63, 64, 16_383, 16_384, 2 ** 30 - 1, 2 ** 30, Number.MAX_SAFE_INTEGER];
    const text = new TextEncoder().encode('grüße');
    const fields = [...values.map((value) => Varint.encode(value)), Varint.encode(text.byteLength), text];
    const reader = new WireReader(Buffer.concat([...fields, Uint8Array.of(1, 2)]));
    for (const value of values) expect(reader.varint()).toBe(value);
    expect(reader.text()).toBe('grüße');
    expect(() => reader.end()).toThrow('after its last field');
    expect([...reader.bytes(2)]).toEqual([1, 2]);
    reader.end();
  });

  it('returns a varint in its encoded form', () => {
    const encoded = Varint.encode(70_000);
    expect(varintLength(encoded[0] ?? 0)).toBe(encoded.byteLength);
    expect(new WireReader(encoded).encodedVarint()).toEqual(encoded);
  });

  it.each([
    ['before a varint', [], (reader: WireReader) => reader.varint()],
    ['inside a varint', [0x40], (reader: WireReader) => reader.varint()],
    ['inside a field', [1, 2], (reader: WireReader) => reader.bytes(3)],
    ['inside text', [5, 65], (reader: WireReader) => reader.text()],
  ])('reports a message that ends %s as incomplete', (_where, bytes, read) => {
    expect(() => read(new WireReader(Uint8Array.from(bytes)))).toThrow(IncompleteError);
  });
});
