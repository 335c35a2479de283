import type { RecvStream, SendStream } from '@number0/iroh';
import { NativeSendStream, nativeReceiveStream } from './native-streams.ts';
import { fromIroh } from './transport-error.ts';

export { MAX_STREAM_BYTES, TOO_LONG_CODE, WRITE_SLICE_BYTES } from './native-streams.ts';

/**
 * iroh's streams as web streams. iroh takes and gives arrays of numbers. Its `stopped()` must not be called at all: it
 * holds the stream until the peer stops it, and no write passes.
 */
export class IrohSendStream extends NativeSendStream {
  /** @param sendOrder What `stream` has been given already. */
  constructor(stream: SendStream, sendOrder: number | undefined, onEnd: (stream: NativeSendStream) => void) {
    const native = {
      write: (chunk: Uint8Array) => stream.writeAll(numbersOf(chunk)),
      finish: () => stream.finish(),
      reset: (code: bigint) => stream.reset(code),
      setPriority: (priority: number) => stream.setPriority(priority),
    };
    super(native, fromIroh, sendOrder, onEnd);
  }
}

export function irohReceiveStream(stream: RecvStream, maxBytes?: number): ReadableStream<Uint8Array> {
  const native = {
    read: async (most: number) => {
      const chunk = await stream.read(most);
      // iroh's end of stream.
      return chunk.length === 0 ? undefined : Uint8Array.from(chunk);
    },
    stop: (code: bigint) => stream.stop(code),
  };
  return nativeReceiveStream(native, fromIroh, maxBytes);
}

/** `Array.from` goes through an iterator and takes ten times as long: milliseconds for a keyframe. */
function numbersOf(bytes: Uint8Array): number[] {
  const numbers = new Array<number>(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) numbers[i] = bytes[i] ?? 0;
  return numbers;
}
