import type { MediaTransport } from './media-transport.ts';
import { AddonTransport } from './web-transport.ts';
import { loadWebTransport } from './web-transport-addon.ts';

/** MoQ as clients offer it, the newest first; the last is settled by MoQ's own SETUP. */
const PROTOCOLS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03', 'moql'];

/**
 * Connects to a server over WebTransport, trusting what the system trusts. The caller closes the transport.
 *
 * @throws AddonError where the addon cannot be had; whatever the addon throws; the signal's reason when it is aborted;
 *   an error after `timeoutMs`.
 */
export async function dialWebTransport(
  url: URL,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<MediaTransport> {
  signal.throwIfAborted();
  const client = loadWebTransport().NapiClient.withSystemRoots();
  const connecting = client.connect(url.href, { protocols: PROTOCOLS });
  const { promise: given, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  const timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return new AddonTransport(await Promise.race([connecting, given]));
  } catch (error) {
    // One that comes too late is closed.
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
