import { expect, it } from 'vitest';
import { LATENESS_MS, Punctuality } from '../../../../../renderer/media/watch/punctuality.ts';

const FRAME_MS = 1000 / 30;

function feed(punctuality: Punctuality, track: string, fromMs: number, lates: readonly number[]): number {
  for (const [i, lateMs] of lates.entries()) punctuality.addArrival(track, fromMs + i * FRAME_MS, lateMs);
  return fromMs + (lates.length - 1) * FRAME_MS;
}

it('ignores a single late frame, and counts several late frames until they leave the window', () => {
  const punctuality = new Punctuality();
  const nowMs = feed(punctuality, 'a', 0, [-5, 40, -5, 30, 90, -5]);
  expect(punctuality.isLate('a', nowMs)).toBe(false);
  const laterMs = feed(punctuality, 'a', nowMs + FRAME_MS, [40]);
  expect(punctuality.isLate('a', laterMs)).toBe(true);
  expect(punctuality.isLate('b', laterMs)).toBe(false);
  expect(punctuality.isLate('a', laterMs + LATENESS_MS)).toBe(false);
});

it('calls a rendition punctual once enough of its frames are on time', () => {
  const punctuality = new Punctuality();
  expect(punctuality.isInTime('a', feed(punctuality, 'a', 0, [0, 0, 0, 0, 0]))).toBeNull();
  expect(punctuality.isInTime('b', feed(punctuality, 'b', 0, [90, 0, 0, 0, 0, 0]))).toBe(true);
  expect(punctuality.isInTime('c', feed(punctuality, 'c', 0, [90, 90, 0, 0, 0, 0]))).toBe(false);
});
