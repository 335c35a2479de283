import { expect, test } from 'vitest';
import { RingCooldown } from '../../../../main/calls/ring-cooldown.ts';

test('a peer that calls constantly has to be quiet before it rings again', () => {
  let now = 0;
  const cooldown = new RingCooldown(2_000, () => now);
  expect(cooldown.attempt('a')).toBe(0);
  for (let i = 0; i < 100; i += 1) {
    now += 600;
    expect(cooldown.attempt('a')).toBe(2_000);
  }
  expect(cooldown.attempt('b')).toBe(0);
  now += 2_000;
  expect(cooldown.attempt('a')).toBe(0);
});

test('the quiet period doubles with each unanswered call, and an answer resets it', () => {
  let now = 0;
  const cooldown = new RingCooldown(2_000, () => now);
  const waits = [];
  for (let i = 0; i < 5; i += 1) {
    cooldown.attempt('a');
    cooldown.recordMissed('a');
    now += 1_000;
    waits.push(cooldown.attempt('a'));
  }
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000]);
  for (let i = 0; i < 100; i += 1) cooldown.recordMissed('a');
  expect(cooldown.attempt('a')).toBe(300_000);
  now += 300_000;
  expect(cooldown.attempt('a')).toBe(0);
  cooldown.recordAnswered('a');
  expect(cooldown.attempt('a')).toBe(2_000);
});
