import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BundleViolation } from '../../../../../main/transport/bundle/protocol.ts';
import { StreamAssembly } from '../../../../../main/transport/bundle/stream-assembly.ts';

const LIMITS = { maxAheadBytes: 1_000, maxPieces: 50 };
const newBudget = (maxBytes = 1_000) => ({ usedBytes: 0, maxBytes });
const content = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

function takeAll(assembly: StreamAssembly): number[] {
  const taken: number[] = [];
  for (let next = assembly.take(); next; next = assembly.take()) taken.push(...next);
  return taken;
}

describe('StreamAssembly', () => {
  test('restores a stream from overlapping, repeated records in any order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 500 }),
        fc.array(fc.tuple(fc.nat(500), fc.nat(60)), { maxLength: 30 }),
        fc.infiniteStream(fc.boolean()),
        fc.infiniteStream(fc.nat()),
        (length, extra, reads, order) => {
          const bytes = content(length);
          const records: [number, number][] = extra
            .map(([offset, size]): [number, number] => [Math.min(offset, length), size])
            .map(([offset, size]): [number, number] => [offset, Math.min(offset + size, length)]);
          for (let at = 0; at < length; at += 25) records.push([at, Math.min(at + 25, length)]);
          records.sort(() => ((order.next().value ?? 0) % 3) - 1);
          const budget = newBudget();
          const assembly = new StreamAssembly(0, budget, LIMITS);
          const read: number[] = [];
          expect(assembly.add(length, new Uint8Array(), true)).toBe(true);
          for (const [start, end] of records) {
            expect(assembly.add(start, bytes.slice(start, end), false)).toBe(true);
            if (reads.next().value) read.push(...takeAll(assembly));
          }
          read.push(...takeAll(assembly));
          expect(read).toEqual([...bytes]);
          expect(assembly.isComplete).toBe(true);
          expect(budget.usedBytes).toBe(0);
        },
      ),
    );
  });

  test('drops bytes that arrived elsewhere', () => {
    const budget = newBudget();
    const assembly = new StreamAssembly(10, budget, LIMITS);
    assembly.add(15, content(30).slice(15), true);
    assembly.add(10, content(30).slice(10, 12), false);
    assembly.skipTo(20);
    expect(takeAll(assembly)).toEqual([...content(30).slice(20)]);
    expect(assembly.isComplete).toBe(true);
    expect(budget.usedBytes).toBe(0);
  });

  test('does not buffer more bytes, or bytes farther ahead, than allowed', () => {
    const budget = newBudget(100);
    const assembly = new StreamAssembly(0, budget, LIMITS);
    expect(assembly.add(LIMITS.maxAheadBytes, Uint8Array.of(1), false)).toBe(false);
    expect(assembly.add(2 ** 48, Uint8Array.of(1), false)).toBe(false);
    expect(assembly.add(1, new Uint8Array(100), false)).toBe(true);
    expect(assembly.add(200, Uint8Array.of(1), false)).toBe(false);
    expect(budget.usedBytes).toBe(100);
    assembly.clear();
    expect(budget.usedBytes).toBe(0);
  });

  test('does not keep more pieces than allowed', () => {
    const assembly = new StreamAssembly(0, newBudget(), LIMITS);
    const added = Array.from({ length: 60 }, (_, i) => assembly.add(2 * i + 1, Uint8Array.of(i), false));
    expect(added.filter(Boolean)).toHaveLength(LIMITS.maxPieces);
  });

  test('rejects an end that moves, and data after the end', () => {
    const ended = () => {
      const assembly = new StreamAssembly(0, newBudget(), LIMITS);
      assembly.add(0, content(10), true);
      return assembly;
    };
    expect(() => ended().add(0, content(9), true)).toThrow(BundleViolation);
    expect(() => ended().add(5, content(10), true)).toThrow(BundleViolation);
    expect(() => ended().add(5, content(10), false)).toThrow(BundleViolation);
    expect(ended().add(0, content(10), true)).toBe(true);
  });
});
