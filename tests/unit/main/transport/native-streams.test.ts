import { expect, test } from 'vitest';
import { type NativeSend, NativeSendStream } from '../../../../main/transport/native-streams.ts';
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
