import { describe, expect, it } from 'vitest';
import { WriteCoalescer } from '../../../../common/moq/write-coalescer.ts';
import { sleep } from '../../../support/wait.ts';

/** Creates a coalescer over a writer that only records its calls. */
function recordingCoalescer(): { coalescer: WriteCoalescer; calls: (number[] | string)[] } {
  const calls: (number[] | string)[] = [];
  const coalescer = new WriteCoalescer({
    write: async (chunk) => void calls.push([...chunk]),
    close: async () => void calls.push('close'),
    abort: async () => void calls.push('abort'),
  });
  return { coalescer, calls };
}

const payload = Uint8Array.from({ length: 20 }, (_, i) => i);

describe('small writes', () => {
  it('are joined with the write that follows, in order and unchanged', async () => {
    const { coalescer, calls } = recordingCoalescer();
    const scratch = new Uint8Array(2);
    scratch.set([1, 2]);
    await coalescer.write(scratch);
    // Like the library, the test reuses the memory for its next write.
    scratch.set([3, 4]);
    await coalescer.write(scratch);
    await coalescer.write(payload);
    expect(calls).toEqual([[1, 2, 3, 4, ...payload]]);
  });

  it('are flushed after a delay, before the end, and when they exceed the limit', async () => {
    const { coalescer, calls } = recordingCoalescer();
    await coalescer.write(new Uint8Array([1]));
    await sleep(30);
    expect(calls).toEqual([[1]]);
    await coalescer.write(new Uint8Array([2]));
    await coalescer.close();
    expect(calls).toEqual([[1], [2], 'close']);
    const many = recordingCoalescer();
    for (let i = 0; i < 8; i += 1) await many.coalescer.write(new Uint8Array(12));
    expect(many.calls).toHaveLength(1);
    await many.coalescer.abort(new Error('test'));
    await sleep(30);
    expect(many.calls).toHaveLength(2);
  });
});
