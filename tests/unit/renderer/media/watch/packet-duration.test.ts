import { expect, it } from 'vitest';
import { opusPacketDurationUs } from '../../../../../renderer/media/watch/packet-duration.ts';

const packet = (configuration: number, code: number, second?: number) =>
  Uint8Array.from([(configuration << 3) | code, ...(second === undefined ? [] : [second])]);

it.each([
  [0, [10, 20, 40, 60]],
  [8, [10, 20, 40, 60]],
  [12, [10, 20, 10, 20]],
  [16, [2.5, 5, 10, 20]],
  [28, [2.5, 5, 10, 20]],
])('reads the frame duration of configurations %i and following', (first, durationsMs) => {
  const found = durationsMs.map((_, i) => opusPacketDurationUs(packet(first + i, 0)));
  expect(found).toEqual(durationsMs.map((ms) => ms * 1000));
});

it('multiplies the frame duration by the number of frames', () => {
  expect(opusPacketDurationUs(packet(31, 1))).toBe(40_000);
  expect(opusPacketDurationUs(packet(31, 2))).toBe(40_000);
  // The upper bits of the second byte are flags.
  expect(opusPacketDurationUs(packet(31, 3, 0b1100_0110))).toBe(120_000);
  expect(opusPacketDurationUs(packet(16, 3, 48))).toBe(120_000);
});

it('returns undefined for an invalid packet', () => {
  expect(opusPacketDurationUs(new Uint8Array())).toBeUndefined();
  expect(opusPacketDurationUs(packet(31, 3))).toBeUndefined();
  expect(opusPacketDurationUs(packet(31, 3, 0))).toBeUndefined();
  expect(opusPacketDurationUs(packet(31, 3, 7))).toBeUndefined();
});
