import { expect, test } from 'vitest';
import { StrangerRings } from '../../../../main/calls/stranger-rings.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

function at(limits = { strangersPerMinute: 3, strangersPerHour: 10 }) {
  const clock = { nowMs: 0 };
  const rings = new StrangerRings(limits, () => clock.nowMs);
  return { clock, rings };
}

test('limits all strangers together per minute and per hour', () => {
  const { clock, rings } = at();
  let rang = 0;
  for (let i = 0; i < 3_600; i += 1, clock.nowMs += SECOND_MS) if (rings.tryRing(`peer ${i}`)) rang += 1;
  expect(rang).toBe(10);
  expect(rings.tryRing('one hour later')).toBe(true);
});

test('allows three calls in any minute, not only in each minute of the clock', () => {
  const { clock, rings } = at();
  clock.nowMs = MINUTE_MS - SECOND_MS;
  expect(['a', 'b', 'c', 'd'].map((peer) => rings.tryRing(peer))).toEqual([true, true, true, false]);
  clock.nowMs = MINUTE_MS + SECOND_MS;
  expect(rings.tryRing('e')).toBe(false);
  clock.nowMs = 2 * MINUTE_MS;
  expect(rings.tryRing('e')).toBe(true);
});

test('does not count the calls of a peer whose call was answered', () => {
  const { rings } = at();
  for (const peer of ['a', 'b', 'c']) rings.tryRing(peer);
  rings.recordAnswered('b');
  expect([rings.tryRing('d'), rings.tryRing('e')]).toEqual([true, false]);
});
