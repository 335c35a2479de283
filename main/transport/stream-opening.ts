import { withinTime } from '../base/within-time.ts';
import type { SendStreamOptions } from './media-transport.ts';
import type { ErrorMapping } from './native-streams.ts';
import { SessionError } from './transport-error.ts';

/** Accepts and opens streams on a native addon's connection. */

/**
 * How long to wait until the peer allows another stream, in ms. This is longer than moq-net's own timeout of
 * 10 s.
 */
const OPEN_TIMEOUT_MS = 30_000;
/**
 * How long to wait for a stream that is requested without `waitUntilAvailable`, in ms. iroh does not report
 * whether a stream is available, so a timeout longer than any round trip replaces the check.
 */
const OPEN_SOON_TIMEOUT_MS = 2_000;

/**
 * Accepts one stream for each read, and ends when the connection ends. The addon limits the number of waiting
 * streams.
 */
export function incomingStreams<T>(accept: () => Promise<T>): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      pull: async (controller) => {
        let stream: T;
        try {
          stream = await accept();
        } catch {
          // Accepting fails only when the connection has ended; the connection's `closed` promise reports the
          // reason.
          controller.close();
          return;
        }
        controller.enqueue(stream);
      },
    },
    { highWaterMark: 0 },
  );
}

function timeoutMs({ waitUntilAvailable = true }: SendStreamOptions): number {
  return waitUntilAvailable ? OPEN_TIMEOUT_MS : OPEN_SOON_TIMEOUT_MS;
}

/**
 * Waits for `opening` until the timeout. A stream that opens later is passed to `discard`.
 *
 * @throws SessionError on timeout, or the mapped error of `opening`
 */
export async function openWithTimeout<T>(
  opening: Promise<T>,
  options: SendStreamOptions,
  toError: ErrorMapping,
  discard: (late: T) => Promise<unknown>,
): Promise<T> {
  const limitMs = timeoutMs(options);
  const timeoutError = () =>
    new SessionError(`opening a stream timed out after ${limitMs} ms; the peer allows no more streams`);
  try {
    return await withinTime(opening, { timeoutMs: limitMs, timeoutError, discard });
  } catch (error) {
    throw error instanceof SessionError ? error : toError(error);
  }
}
