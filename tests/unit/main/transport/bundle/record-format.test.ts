import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BundleViolation, SECRET_BYTES } from '../../../../../main/transport/bundle/protocol.ts';
import {
  ControlDecoder,
  type ControlMessage,
  decodeHeader,
  encodeHeader,
  encodeMessage,
  type Header,
  MAX_ACKS,
} from '../../../../../main/transport/bundle/record-format.ts';

const number = fc.nat({ max: 2 ** 47 });
const code = fc.nat({ max: 2 ** 32 - 1 });
const header: fc.Arbitrary<Header> = fc.oneof(
  fc.record({ kind: fc.constant('whole' as const), stream: number }),
  fc.record({
    kind: fc.constant('record' as const),
    sequence: number,
    stream: number,
    offset: number,
    isLast: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('control' as const) }),
);
const message: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), connections: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('secret' as const),
    secret: fc.uint8Array({ minLength: SECRET_BYTES, maxLength: SECRET_BYTES }),
  }),
  fc.record({ kind: fc.constant('ack' as const), sequences: fc.array(number, { maxLength: MAX_ACKS }) }),
  fc.record({ kind: fc.constant('read' as const), stream: number, position: number }),
  fc.record({ kind: fc.constantFrom('reset' as const, 'stop' as const), stream: number, code }),
);

describe('headers', () => {
  test('are decoded as they were encoded, and the bytes after them are kept', () => {
    fc.assert(
      fc.property(header, fc.uint8Array(), (value, rest) => {
        const decoded = decodeHeader(Buffer.concat([encodeHeader(value), rest]));
        expect(decoded?.header).toEqual(value);
        expect([...(decoded?.rest ?? [])]).toEqual([...rest]);
      }),
    );
  });

  test('are incomplete without their last byte', () => {
    fc.assert(
      fc.property(header, (value) => {
        expect(decodeHeader(encodeHeader(value).slice(0, -1))).toBeUndefined();
      }),
    );
  });

  test('of a stream that is not cut take two bytes for the first 64 streams', () => {
    expect(encodeHeader({ kind: 'whole', stream: 63 })).toHaveLength(2);
  });

  test('of an unknown kind, or with an offset that is not exact, are violations', () => {
    expect(() => decodeHeader(Uint8Array.of(9))).toThrow(BundleViolation);
    const huge = [0xff, ...new Array<number>(7).fill(0xff)];
    expect(() => decodeHeader(Uint8Array.of(1, 0, 0, ...huge))).toThrow(BundleViolation);
  });

  test('and messages of any bytes give a value, are incomplete, or are violations', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of [decodeHeader, (input: Uint8Array) => new ControlDecoder().add(input)]) {
          try {
            decode(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(BundleViolation);
          }
        }
      }),
    );
  });
});

/** Replaces byte arrays, which may be buffers, by lists. */
const plain = (value: ControlMessage) =>
  value.kind === 'secret' ? { ...value, secret: [...value.secret] } : value;

describe('control messages', () => {
  test('are decoded from chunks of any size', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 10 }), fc.integer({ min: 1, max: 50 }), (messages, size) => {
        const bytes = Buffer.concat(messages.map(encodeMessage));
        const decoder = new ControlDecoder();
        const decoded: ControlMessage[] = [];
        for (let at = 0; at < bytes.length; at += size)
          decoded.push(...decoder.add(bytes.subarray(at, at + size)));
        expect(decoded.map(plain)).toEqual(messages.map(plain));
      }),
    );
  });

  test('that want more connections than allowed want the maximum', () => {
    expect(new ControlDecoder().add(encodeMessage({ kind: 'want', connections: 1_000 }))).toEqual([
      { kind: 'want', connections: 4 },
    ]);
  });

  test('with too many acknowledgements, a code of more than 32 bits or of an unknown kind are violations', () => {
    const sequences = new Array<number>(MAX_ACKS + 1).fill(0);
    for (const invalid of [
      encodeMessage({ kind: 'ack', sequences }),
      encodeMessage({ kind: 'reset', stream: 0, code: 2 ** 32 }),
      encodeMessage({ kind: 'want', connections: 0 }),
      Uint8Array.of(60),
    ]) {
      expect(() => new ControlDecoder().add(invalid)).toThrow(BundleViolation);
    }
  });
});
