import { describe, expect, it } from 'vitest';
import { boundInflow } from '../../../../main/origin/inflow.ts';

/** An incoming stream that gives `chunks` of a kilobyte and then stays open, or ends. */
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

describe('the bound on open groups', () => {
  it('passes bytes through and forgets groups that ended', async () => {
    const groups = Array.from({ length: 10 }, () => group(8, true));
    const bounded = boundInflow(streamOf(groups), 10 * 1_024);
    let bytes = 0;
    for await (const stream of bounded) for await (const chunk of stream) bytes += chunk.byteLength;
    expect(bytes).toBe(10 * 8 * 1_024);
  });

  it('gives up the oldest group when too much is open', async () => {
    const cancelled: unknown[] = [];
    const groups = [0, 1, 2].map((index) => group(4, false, () => cancelled.push(index)));
    const reader = boundInflow(streamOf(groups), 9 * 1_024).getReader();
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
});
