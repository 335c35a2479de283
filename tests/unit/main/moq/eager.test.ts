import { describe, expect, it } from 'vitest';
import { eager, MAX_WAITING_BYTES } from '../../../../main/moq/eager.ts';

describe('a writable that takes at once', () => {
  it('passes on in order what a slow one takes later, although the writer uses one buffer', async () => {
    const got: number[] = [];
    const slow = new WritableStream<Uint8Array>({
      write: async ([byte]) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        got.push(byte ?? -1);
      },
    });
    const writer = eager(slow).getWriter();
    const buffer = new Uint8Array(1);
    for (let i = 0; i < 20; i += 1) {
      buffer[0] = i;
      await writer.write(buffer);
    }
    expect(got.length).toBeLessThan(20);
    await writer.close();
    expect(got).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('gives up a reader that does not read', async () => {
    const stuck = new WritableStream<Uint8Array>({ write: () => new Promise(() => undefined) });
    const writer = eager(stuck).getWriter();
    writer.closed.catch(() => undefined);
    const chunk = new Uint8Array(64 * 1024);
    const writing = (async () => {
      for (let i = 0; i <= (2 * MAX_WAITING_BYTES) / chunk.byteLength; i += 1) await writer.write(chunk);
    })();
    await expect(writing).rejects.toThrow('not read');
  });

  it('fails when the one below does', async () => {
    let fail: (error: Error) => void = () => undefined;
    const inner = new WritableStream<Uint8Array>({
      start: (controller) => {
        fail = (error) => controller.error(error);
      },
    });
    const writer = eager(inner).getWriter();
    fail(new Error('gone'));
    await expect(writer.closed).rejects.toThrow('gone');
  });
});
