import type { MediaTransport } from './media-transport.ts';
import { AddonTransport } from './web-transport.ts';
import { loadWebTransport } from './web-transport-addon.ts';

/** The subprotocols that clients offer, newest first. With `moql`, SETUP messages negotiate the version. */
const PROTOCOLS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03', 'moql'];

/**
 * Connects to a server over WebTransport, with the system's trusted certificates. The caller owns the
 * transport.
 *
 * @throws AddonError if the addon cannot be loaded, the addon's error if the dial fails, the signal's reason
 *   if it is aborted, or an Error after `timeoutMs`
 */
export async function dialWebTransport(
  url: URL,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<MediaTransport> {
  signal.throwIfAborted();
  const client = loadWebTransport().NapiClient.withSystemRoots();
  const connecting = client.connect(url.href, { protocols: PROTOCOLS });
  const { promise: cancelled, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  const timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return new AddonTransport(await Promise.race([connecting, cancelled]));
  } catch (error) {
    // A session that opens after the timeout or abort is closed.
    connecting.then(
      (late) => late.close(0, 'cancelled'),
      () => undefined,
    );
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
