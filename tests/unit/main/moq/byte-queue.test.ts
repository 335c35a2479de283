import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../../../main/moq/byte-queue.ts';

describe('the byte queue', () => {
  it('joins chunks, and never changes bytes that were taken', () => {
    const queue = new ByteQueue();
    const taken: Uint8Array[] = [];
    for (let i = 0; i < 1_000; i += 1) {
      queue.push(Uint8Array.of(i & 0xff));
      if (i % 3 === 2) taken.push(queue.take(2));
    }
    taken.push(queue.take(queue.byteLength));
    expect(taken.flatMap((part) => [...part])).toEqual(Array.from({ length: 1_000 }, (_, i) => i & 0xff));
  });

  it('does not grow beyond the expected size', () => {
    const queue = new ByteQueue();
    for (let i = 0; i < 1_000; i += 1) queue.push(new Uint8Array(1), 1_000);
    expect(queue.take(1_000).buffer.byteLength).toBe(1_000);
  });

  it('frees a large chunk when only a few of its bytes remain', () => {
    const queue = new ByteQueue();
    queue.push(new Uint8Array(100_000));
    queue.take(99_990);
    queue.compact();
    expect(queue.take(10).buffer.byteLength).toBe(10);
  });
});
