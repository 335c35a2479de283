import { log } from '../base/log.ts';
import { AddonError, loadWebTransport, type WebTransportAddon } from '../transport/web-transport-addon.ts';
import type { CertificateSource } from './certificates/certificates.ts';
import { type Verdict, WebTransportServer } from './web-transport-server.ts';

export interface WebTransportDoorOptions {
  /** QUIC's `ADDR:PORT`; port 0: the same number as HTTP's. */
  bind: string;
  httpPort: number;
  certificates: CertificateSource | null;
  /** How the addon is had. */
  loadAddon?: (() => WebTransportAddon) | undefined;
  judge: (url: URL) => Promise<Verdict>;
}

/**
 * Serves WebTransport where that can be done; undefined, and told once, where it cannot.
 *
 * @throws Error that names the address
 */
export function openWebTransport(
  options: WebTransportDoorOptions,
): { port: number; server: WebTransportServer } | undefined {
  const { bind, httpPort, certificates, loadAddon = loadWebTransport, judge } = options;
  if (!certificates) {
    log.info('no certificate: HTTP and WebSocket alone are served (see --tls-cert and --dev)');
    return undefined;
  }
  let addon: WebTransportAddon;
  try {
    addon = loadAddon();
  } catch (error) {
    if (!(error instanceof AddonError)) throw error;
    log.warn(`WebTransport is not served, WebSocket is: ${error.message}`);
    return undefined;
  }
  const [, host = '', text = ''] = /^(.*):(\d+)$/.exec(bind) ?? [];
  const port = Number(text) || httpPort;
  return { port, server: WebTransportServer.open({ addon, bind: `${host}:${port}`, certificates, judge }) };
}
