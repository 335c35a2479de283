import type { RecvStream, SendStream } from '@number0/iroh';
import {
  type NativeReceive,
  type NativeSend,
  NativeSendStream,
  nativeReceiveStream,
} from './native-streams.ts';
import type { ReadBudget } from './read-budget.ts';
import { mapIrohError } from './transport-error.ts';

export { TOO_LONG_CODE } from './native-streams.ts';

/**
 * An iroh send stream as a web stream. Never call iroh's `stopped()`: it locks the stream until the peer
 * stops it, which blocks all writes.
 */
export class IrohSendStream extends NativeSendStream {
  /** @param sendOrder the send order that `stream`'s current priority corresponds to */
  constructor(stream: SendStream, sendOrder: number | undefined, onEnd: (stream: NativeSendStream) => void) {
    super(irohSend(stream), mapIrohError, sendOrder, onEnd);
  }
}

/** Adapts an iroh send stream, which accepts arrays of numbers, to byte arrays. */
export function irohSend(stream: SendStream): NativeSend {
  return {
    write: (chunk) => stream.writeAll(numberArrays.of(chunk)),
    finish: () => stream.finish(),
    reset: (code) => stream.reset(code),
    setPriority: (priority) => stream.setPriority(priority),
  };
}

/** Adapts an iroh receive stream, which returns arrays of numbers, to byte arrays. */
export function irohReceive(stream: RecvStream): NativeReceive {
  return {
    read: async (most) => {
      const chunk = await stream.read(most);
      // iroh signals the end of a stream with an empty chunk.
      return chunk.length === 0 ? undefined : Uint8Array.from(chunk);
    },
    stop: (code) => stream.stop(code),
  };
}

/** Wraps an iroh receive stream as a web stream, which fails after `maxBytes`. See `nativeReceiveStream`. */
export function irohReceiveStream(
  stream: RecvStream,
  budget: ReadBudget,
  maxBytes?: number,
): ReadableStream<Uint8Array> {
  return nativeReceiveStream(irohReceive(stream), mapIrohError, budget, maxBytes);
}

/**
 * Number arrays for native calls, shared by chunks of similar lengths. At eight bytes per number, new arrays
 * would account for most of the garbage that a broadcast creates.
 */
class NumberArrays {
  /**
   * The array at index `n` is for lengths above 2^(n-1), up to 2^n. It never shrinks to half its size or less,
   * so V8 keeps its memory.
   */
  readonly #arrays: number[][] = [];

  /** Returns the bytes as numbers. The result is valid until the next call. */
  of(bytes: Uint8Array): number[] {
    const bits = 32 - Math.clz32(Math.max(bytes.length - 1, 0));
    const numbers = this.#arrays[bits] ?? new Array<number>(2 ** bits);
    this.#arrays[bits] = numbers;
    numbers.length = bytes.length;
    // `Array.from` uses an iterator, which takes milliseconds for a keyframe.
    for (let i = 0; i < bytes.length; i += 1) numbers[i] = bytes[i] ?? 0;
    return numbers;
  }
}

/** iroh copies the numbers before `writeAll` returns its promise, so all streams can share the arrays. */
const numberArrays = new NumberArrays();
