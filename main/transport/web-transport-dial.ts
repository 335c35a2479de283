import { withinTime } from '../base/within-time.ts';
import { hasIpv6Sockets } from './ipv6-sockets.ts';
import type { MediaTransport } from './media-transport.ts';
import { MOQ_PROTOCOLS } from './moq-protocols.ts';
import { AddonTransport } from './web-transport.ts';
import { AddonError, type AddonSession, loadWebTransport } from './web-transport-addon.ts';

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
  if (!(await hasIpv6Sockets())) throw new AddonError('system', 'WebTransport needs a kernel with IPv6');
  signal.throwIfAborted();
  const client = loadWebTransport().NapiClient.withSystemRoots();
  const connecting = client.connect(url.href, { protocols: [...MOQ_PROTOCOLS] });
  const discard = (late: AddonSession) => late.close(0, 'cancelled');
  return new AddonTransport(await withinTime(connecting, { timeoutMs, signal, discard }));
}
