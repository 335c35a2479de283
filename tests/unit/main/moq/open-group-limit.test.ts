import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../../main/moq/byte-budget.ts';
import { OpenGroups } from '../../../../main/moq/open-group-limit.ts';

/** Creates an incoming stream of `chunks` chunks of one kilobyte. It then stays open, or ends if `ends` is set. */
function group(chunks: number, ends: boolean, onCancel: (reason: unknown) => void = () => undefined) {
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent < chunks) {
        sent += 1;
        controller.enqueue(new Uint8Array(1_024));
      } else if (ends) controller.close();
      else return new Promise<void>(() => undefined);
    },
    cancel: onCancel,
  });
}

async function drain(stream: ReadableStream<Uint8Array>, chunks: number): Promise<void> {
  const reader = stream.getReader();
  for (let i = 0; i < chunks; i += 1) await reader.read();
  reader.releaseLock();
}

describe('the limit on open groups', () => {
  it('passes bytes through and stops counting groups that have ended', async () => {
    const open = new OpenGroups(10 * 1_024);
    let bytes = 0;
    for (let i = 0; i < 10; i += 1) {
      for await (const chunk of open.count(group(8, true))) bytes += chunk.byteLength;
    }
    expect(bytes).toBe(10 * 8 * 1_024);
    expect(open.bytes).toBe(0);
  });

  it('cancels the oldest group of a session that exceeds its limit', async () => {
    const cancelled: unknown[] = [];
    const open = new OpenGroups(8 * 1_024);
    const streams = [0, 1, 2].map((index) => open.count(group(4, false, () => cancelled.push(index))));
    for (const stream of streams) await drain(stream, 3).catch(() => undefined);
    expect(cancelled).toEqual([0]);
    await expect(streams[0]?.getReader().read()).rejects.toMatchObject({ streamErrorCode: 3 });
  });

  it('cancels the oldest group of the largest session when all sessions together exceed the budget', async () => {
    const budget = new ByteBudget(10 * 1_024);
    const cancelled: string[] = [];
    const read = async (name: string, kilobytes: readonly number[]) => {
      const open = new OpenGroups(9 * 1_024, budget);
      for (const [index, size] of kilobytes.entries()) {
        const stream = open.count(group(size, false, () => cancelled.push(name + index)));
        await drain(stream, size).catch(() => undefined);
      }
    };
    await read('big', [3, 3]);
    await read('small', [2]);
    expect(budget.totalBytes).toBe(8 * 1_024);
    expect(cancelled).toEqual([]);
    await read('third', [4]);
    expect(cancelled).toEqual(['big0']);
    expect(budget.totalBytes).toBeLessThanOrEqual(10 * 1_024);
  });

  it('stops counting groups that have ended, been canceled or failed', async () => {
    const budget = new ByteBudget(1_000_000);
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(7)),
      pull: (controller) => controller.error(new Error('reset')),
    });
    const open = new OpenGroups(undefined, budget);
    for await (const chunk of open.count(group(2, true))) expect(chunk.byteLength).toBe(1_024);
    const held = open.count(group(2, false));
    await drain(held, 2);
    expect(budget.totalBytes).toBeGreaterThan(0);
    await held.cancel();
    await expect(drain(open.count(broken), 2)).rejects.toThrow('reset');
    expect(budget.totalBytes).toBe(0);
  });
});
