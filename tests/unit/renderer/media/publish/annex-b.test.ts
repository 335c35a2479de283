import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnexBConverter } from '../../../../../renderer/media/publish/annex-b.ts';

const SPS = [0x67, 0x42, 0xe0, 0x1f];
const PPS = [0x68, 0xce];
/** An avcC record with 4-byte lengths, one sequence parameter set and one picture parameter set. */
const AVCC = Uint8Array.from([
  1,
  0x42,
  0xe0,
  0x1f,
  0xff,
  0xe1,
  0,
  SPS.length,
  ...SPS,
  1,
  0,
  PPS.length,
  ...PPS,
]);
const START = [0, 0, 0, 1];

describe('AnnexBConverter', () => {
  const converter = new AnnexBConverter(AVCC);

  it('replaces the lengths with start codes', () => {
    expect([...converter.convert(Uint8Array.from([0, 0, 0, 2, 0x41, 9, 0, 0, 0, 1, 0x06]), false)]).toEqual([
      ...[...START, 0x41, 9],
      ...[...START, 0x06],
    ]);
  });

  it('adds the parameter sets to keyframes that lack them', () => {
    expect([...converter.convert(Uint8Array.from([0, 0, 0, 1, 0x65]), true)]).toEqual([
      ...[...START, ...SPS],
      ...[...START, ...PPS],
      ...[...START, 0x65],
    ]);
    const complete = Uint8Array.from([0, 0, 0, SPS.length, ...SPS, 0, 0, 0, 1, 0x65]);
    expect([...converter.convert(complete, true)]).toEqual([...START, ...SPS, ...START, 0x65]);
  });

  it('respects the size of the length fields', () => {
    const twoBytes = new AnnexBConverter(AVCC.with(4, 0xfd));
    expect([...twoBytes.convert(Uint8Array.from([0, 1, 0x41]), false)]).toEqual([...START, 0x41]);
  });

  it('rejects any truncated input', () => {
    expect(() => new AnnexBConverter(AVCC.subarray(0, 9))).toThrow('truncated');
    expect(() => converter.convert(Uint8Array.of(0, 0, 0, 9, 1), false)).toThrow('truncated');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isKey) => {
        try {
          converter.convert(bytes, isKey);
          new AnnexBConverter(bytes);
        } catch (error) {
          expect(String(error)).toContain('truncated');
        }
      }),
    );
  });
});
