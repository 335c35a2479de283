import { describe, expect, it } from 'vitest';
import { bufferedWritable, MAX_BUFFERED_BYTES } from '../../support/buffered-writable.ts';

describe('bufferedWritable', () => {
  it('passes chunks on in order to a slow stream, even if the caller reuses its buffer', async () => {
    const received: number[] = [];
    const slow = new WritableStream<Uint8Array>({
      write: async ([byte]) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        received.push(byte ?? -1);
      },
    });
    const writer = bufferedWritable(slow).getWriter();
    const buffer = new Uint8Array(1);
    for (let i = 0; i < 20; i += 1) {
      buffer[0] = i;
      await writer.write(buffer);
    }
    expect(received.length).toBeLessThan(20);
    await writer.close();
    expect(received).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('fails when the peer does not read', async () => {
    const stuck = new WritableStream<Uint8Array>({ write: () => new Promise(() => undefined) });
    const writer = bufferedWritable(stuck).getWriter();
    writer.closed.catch(() => undefined);
    const chunk = new Uint8Array(64 * 1024);
    const writing = (async () => {
      for (let i = 0; i <= (2 * MAX_BUFFERED_BYTES) / chunk.byteLength; i += 1) await writer.write(chunk);
    })();
    await expect(writing).rejects.toThrow('not read');
  });

  it('fails when the wrapped stream fails', async () => {
    let fail: (error: Error) => void = () => undefined;
    const inner = new WritableStream<Uint8Array>({
      start: (controller) => {
        fail = (error) => controller.error(error);
      },
    });
    const writer = bufferedWritable(inner).getWriter();
    fail(new Error('gone'));
    await expect(writer.closed).rejects.toThrow('gone');
  });
});
