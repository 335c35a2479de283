import type { RecvStream, SendStream } from '@number0/iroh';
import { NativeSendStream, nativeReceiveStream } from './native-streams.ts';
import { mapIrohError } from './transport-error.ts';

export { TOO_LONG_CODE } from './native-streams.ts';

/**
 * An iroh send stream as a web stream. iroh's API uses arrays of numbers. Its `stopped()` must never be called, because
 * it locks the stream until the peer stops it, and blocks all writes.
 */
export class IrohSendStream extends NativeSendStream {
  /** @param sendOrder The send order whose priority `stream` already has. */
  constructor(stream: SendStream, sendOrder: number | undefined, onEnd: (stream: NativeSendStream) => void) {
    const native = {
      write: (chunk: Uint8Array) => stream.writeAll(numbersOf(chunk)),
      finish: () => stream.finish(),
      reset: (code: bigint) => stream.reset(code),
      setPriority: (priority: number) => stream.setPriority(priority),
    };
    super(native, mapIrohError, sendOrder, onEnd);
  }
}

/** An iroh receive stream as a web stream. Fails after `maxBytes`; see `nativeReceiveStream`. */
export function irohReceiveStream(stream: RecvStream, maxBytes?: number): ReadableStream<Uint8Array> {
  const native = {
    read: async (most: number) => {
      const chunk = await stream.read(most);
      // An empty chunk is iroh's end of stream.
      return chunk.length === 0 ? undefined : Uint8Array.from(chunk);
    },
    stop: (code: bigint) => stream.stop(code),
  };
  return nativeReceiveStream(native, mapIrohError, maxBytes);
}

/** Ten times as fast as `Array.from`, which uses an iterator and takes milliseconds for a keyframe. */
function numbersOf(bytes: Uint8Array): number[] {
  const numbers = new Array<number>(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) numbers[i] = bytes[i] ?? 0;
  return numbers;
}
