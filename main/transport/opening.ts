import type { SendStreamOptions } from './media-transport.ts';
import type { ErrorMapping } from './native-streams.ts';
import { SessionError } from './transport-error.ts';

/** Accepting and opening streams of a native addon's connection. */

/** How long an open may wait for the peer to allow it, in milliseconds: longer than moq-net's own 10 s. */
export const OPEN_TIMEOUT_MS = 30_000;
/** The same for an open that asked not to wait: iroh cannot tell, so a moment must do. Longer than any round trip. */
export const OPEN_SOON_TIMEOUT_MS = 2_000;

/** Accepts one for each read, and ends when the connection does. The addon bounds what waits to be accepted. */
export function accepted<T>(accept: () => Promise<T>): ReadableStream<T> {
  return new ReadableStream<T>(
    {
      pull: async (controller) => {
        let stream: T;
        try {
          stream = await accept();
        } catch {
          // The only failure there is: the connection ended. `closed` says why.
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

/** What `opening` resolves to within the time; afterwards it is discarded when it comes. */
export async function within<T>(
  opening: Promise<T>,
  options: SendStreamOptions,
  toError: ErrorMapping,
  discard: (late: T) => Promise<unknown>,
): Promise<T> {
  const limitMs = timeoutMs(options);
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new SessionError(`no stream could be opened within ${limitMs} ms: the peer allows no more`));
    opening.then(discard).catch(() => undefined);
  }, limitMs);
  try {
    return await Promise.race([opening, timeout]);
  } catch (error) {
    throw error instanceof SessionError ? error : toError(error);
  } finally {
    clearTimeout(timer);
  }
}
