import { expect, it } from 'vitest';
import { fitsInBytes } from '../../../../../main/host/electron/message-size.ts';

it.each([
  null,
  undefined,
  true,
  1.5,
  'text',
  [],
  {},
  { id: 1, method: 'app.info', request: null },
  [{ a: ['x', null, undefined] }],
])('accepts the plain value %j', (value) => {
  expect(fitsInBytes(value, 1_000)).toBe(true);
});

it.each([
  new Date(0),
  new Map(),
  new Set([1]),
  /x/,
  new Error('x'),
  new Uint8Array(1),
  new ArrayBuffer(1),
  1n,
  Symbol('x'),
  () => 1,
])('rejects %s, alone and nested', (value) => {
  expect(fitsInBytes(value, 1_000)).toBe(false);
  expect(fitsInBytes({ a: [value] }, 1_000)).toBe(false);
});

it('rejects values beyond the limit', () => {
  expect(fitsInBytes('x'.repeat(400), 1_000)).toBe(true);
  expect(fitsInBytes('x'.repeat(500), 1_000)).toBe(false);
  expect(fitsInBytes(new Array(100).fill(0), 1_000)).toBe(true);
  expect(fitsInBytes(new Array(125).fill(0), 1_000)).toBe(false);
  expect(fitsInBytes({ ['k'.repeat(500)]: 1 }, 1_000)).toBe(false);
});

it('stops early at huge, sparse, deep and cyclic values', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic, cyclic);
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i += 1) deep = [deep];
  const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i]));
  const sparse: unknown[] = [];
  sparse[4_000_000_000] = 1;
  for (const value of [cyclic, deep, wide, sparse, 'x'.repeat(50_000_000)]) {
    expect(fitsInBytes(value, 64 * 1024)).toBe(false);
  }
});
