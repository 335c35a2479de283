import { describe, expect, it } from 'vitest';
import { limitOpenGroups, OpenGroupBudget } from '../../../../main/moq/open-group-limit.ts';

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

function streamOf<T>(items: readonly T[]): ReadableStream<T> {
  return new ReadableStream<T>({
    start(controller) {
      for (const item of items) controller.enqueue(item);
      controller.close();
    },
  });
}

async function drain(stream: ReadableStream<Uint8Array>, chunks: number): Promise<void> {
  const reader = stream.getReader();
  for (let i = 0; i < chunks; i += 1) await reader.read();
  reader.releaseLock();
}

describe('the limit on open groups', () => {
  it('passes bytes through and stops counting groups that have ended', async () => {
    const groups = Array.from({ length: 10 }, () => group(8, true));
    const bounded = limitOpenGroups(streamOf(groups), 10 * 1_024);
    let bytes = 0;
    for await (const stream of bounded) for await (const chunk of stream) bytes += chunk.byteLength;
    expect(bytes).toBe(10 * 8 * 1_024);
  });

  it('cancels the oldest group of a session that exceeds its limit', async () => {
    const cancelled: unknown[] = [];
    const groups = [0, 1, 2].map((index) => group(4, false, () => cancelled.push(index)));
    const reader = limitOpenGroups(streamOf(groups), 9 * 1_024).getReader();
    const streams: ReadableStream<Uint8Array>[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { value } = await reader.read();
      if (!value) throw new Error('no stream');
      streams.push(value);
      await drain(value, 3).catch(() => undefined);
    }
    expect(cancelled).toEqual([0]);
    const [first] = streams;
    await expect(first?.getReader().read()).rejects.toMatchObject({ streamErrorCode: 3 });
  });

  it('cancels the oldest group of the largest session when all sessions together exceed the budget', async () => {
    const budget = new OpenGroupBudget(10 * 1_024);
    const cancelled: string[] = [];
    const open = async (name: string, kilobytes: readonly number[]) => {
      const groups = kilobytes.map((size, index) => group(size, false, () => cancelled.push(name + index)));
      const reader = limitOpenGroups(streamOf(groups), 9 * 1_024, budget).getReader();
      for (const size of kilobytes) {
        const { value } = await reader.read();
        if (value) await drain(value, size).catch(() => undefined);
      }
    };
    await open('big', [3, 3]);
    await open('small', [2]);
    expect(budget.totalBytes).toBeLessThanOrEqual(10 * 1_024);
    expect(cancelled).toEqual([]);
    await open('third', [4]);
    // Each stream has read one chunk ahead, so the sum exceeds the budget at this point.
    expect(cancelled).toEqual(['big0']);
    expect(budget.totalBytes).toBeLessThanOrEqual(10 * 1_024);
  });

  it('stops counting groups that have ended, been cancelled or failed', async () => {
    const budget = new OpenGroupBudget(1_000_000);
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(7)),
      pull: (controller) => controller.error(new Error('reset')),
    });
    const reader = limitOpenGroups(
      streamOf([group(2, true), group(2, false), broken]),
      undefined,
      budget,
    ).getReader();
    const next = async () => (await reader.read()).value ?? expect.unreachable();
    for await (const chunk of await next()) expect(chunk.byteLength).toBe(1_024);
    const held = await next();
    await drain(held, 2);
    expect(budget.totalBytes).toBeGreaterThan(0);
    await held.cancel();
    await expect(drain(await next(), 2)).rejects.toThrow('reset');
    expect(budget.totalBytes).toBe(0);
  });
});
