import { expect, test } from 'vitest';
import { PerMinute, Quiet } from '../../../../main/calls/limits.ts';

test('counts by peer and minute', () => {
  let now = 0;
  const limit = new PerMinute(2, () => now);
  expect([limit.allows('a'), limit.allows('a'), limit.allows('a'), limit.allows('b')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  now = 60_000;
  expect(limit.allows('a')).toBe(true);
});

test('forgets peers rather than growing without end', () => {
  const limit = new PerMinute(1, () => 0);
  limit.allows('first');
  for (let i = 0; i < 5_000; i += 1) limit.allows(`peer ${i}`);
  expect(limit.allows('first')).toBe(true);
});

test('who tries all the time must be quiet first', () => {
  let now = 0;
  const quiet = new Quiet(2_000, () => now);
  expect(quiet.tried('a')).toBe(0);
  for (let i = 0; i < 100; i += 1) {
    now += 600;
    expect(quiet.tried('a')).toBe(2_000);
  }
  expect(quiet.tried('b')).toBe(0);
  now += 2_000;
  expect(quiet.tried('a')).toBe(0);
});

test('who is never answered must be quiet for longer and longer; an answer makes up for it', () => {
  let now = 0;
  const quiet = new Quiet(2_000, () => now);
  const waits = [];
  for (let i = 0; i < 5; i += 1) {
    quiet.tried('a');
    quiet.missed('a');
    now += 1_000;
    waits.push(quiet.tried('a'));
  }
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000]);
  for (let i = 0; i < 100; i += 1) quiet.missed('a');
  expect(quiet.tried('a')).toBe(300_000);
  now += 300_000;
  expect(quiet.tried('a')).toBe(0);
  quiet.answered('a');
  expect(quiet.tried('a')).toBe(2_000);
});
