import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  type NativeSend,
  NativeSendStream,
  nativeReceiveStream,
} from '../../../../main/transport/native-streams.ts';
import { StreamError } from '../../../../main/transport/transport-error.ts';

/** A fake addon stream, needed because loopback never delays data the way a slow connection does. */
function fakeNative(): { native: NativeSend; calls: string[] } {
  const calls: string[] = [];
  const native: NativeSend = {
    write: async (chunk) => calls.push(`write ${chunk.byteLength}`),
    finish: async () => calls.push('finish'),
    reset: async (code) => calls.push(`reset ${code}`),
    setPriority: async () => undefined,
  };
  return { native, calls };
}

const asIs = (error: unknown) => error as Error;

test('a closed stream can still be discarded', async () => {
  const { native, calls } = fakeNative();
  const stream = new NativeSendStream(native, asIs, undefined, () => undefined);
  const writer = stream.getWriter();
  await writer.write(new Uint8Array(9));
  await writer.close();
  expect(calls).toEqual(['write 9', 'finish']);
  stream.discard(new StreamError(7, 'no reader'));
  expect(calls.at(-1)).toBe('reset 7');
});

test('a discard that fails has no effect', async () => {
  const { native } = fakeNative();
  const gone = { ...native, reset: () => Promise.reject(new Error('closed stream')) };
  const stream = new NativeSendStream(gone, asIs, undefined, () => undefined);
  stream.discard(new Error('no reader'));
  await stream.getWriter().write(new Uint8Array(1));
});

test('the large reads of many streams do not complete together', async () => {
  const pendingReads = new Map<number, (bytes: Uint8Array) => void>();
  const sizes = new Map<number, number>();
  const streams = Array.from({ length: 100 }, (_, i) =>
    nativeReceiveStream(
      {
        read: (maxBytes) => {
          sizes.set(i, maxBytes);
          return new Promise((resolve) => pendingReads.set(i, resolve));
        },
        stop: async () => undefined,
      },
      asIs,
    ),
  );
  const readers = streams.map((stream) => stream.getReader());
  // Every read returns as many bytes as it is allowed to, so each stream asks for more.
  for (let round = 0; round < 8; round += 1) {
    const reading = Promise.all(readers.map((reader) => reader.read()));
    await nextTurn();
    for (const [i, resolve] of [...pendingReads]) resolve(new Uint8Array(sizes.get(i) ?? 0));
    await reading;
    await nextTurn();
  }
  const pending = [...sizes.values()];
  expect(Math.max(...pending)).toBe(64 * 1024);
  expect(pending.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual((256 + 100 * 2) * 1024);
  for (const resolve of pendingReads.values()) resolve(new Uint8Array());
  await Promise.all(readers.map((reader) => reader.cancel()));
});
