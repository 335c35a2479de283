import { describe, expect, it } from 'vitest';
import { SmallWrites } from '../../../../common/moq/write-coalescer.ts';
import { sleep } from '../../../support/wait.ts';

/** A stand-in for a stream's writer: all it does is note what comes. */
function noting(): { small: SmallWrites; seen: (number[] | string)[] } {
  const seen: (number[] | string)[] = [];
  const small = new SmallWrites({
    write: async (chunk) => void seen.push([...chunk]),
    close: async () => void seen.push('close'),
    abort: async () => void seen.push('abort'),
  });
  return { small, seen };
}

const payload = Uint8Array.from({ length: 20 }, (_, i) => i);

describe('small writes', () => {
  it('go out with what follows them, in order and unchanged', async () => {
    const { small, seen } = noting();
    const scratch = new Uint8Array(2);
    scratch.set([1, 2]);
    await small.write(scratch);
    // The library writes its next number into the same memory.
    scratch.set([3, 4]);
    await small.write(scratch);
    await small.write(payload);
    expect(seen).toEqual([[1, 2, 3, 4, ...payload]]);
  });

  it('go out by themselves when nothing follows, before the end, and at the latest when they add up', async () => {
    const { small, seen } = noting();
    await small.write(new Uint8Array([1]));
    await sleep(30);
    expect(seen).toEqual([[1]]);
    await small.write(new Uint8Array([2]));
    await small.close();
    expect(seen).toEqual([[1], [2], 'close']);
    const many = noting();
    for (let i = 0; i < 8; i += 1) await many.small.write(new Uint8Array(12));
    expect(many.seen).toHaveLength(1);
    await many.small.abort(new Error('test'));
    await sleep(30);
    expect(many.seen).toHaveLength(2);
  });
});
