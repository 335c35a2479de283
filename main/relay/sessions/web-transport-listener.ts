import { randomBytes, X509Certificate } from 'node:crypto';
import { messageOf } from '../../../common/base/errors.ts';
import { isUnspecified, parseSocketAddr } from '../../../common/ticket/socket-addr.ts';
import { log } from '../../base/log.ts';
import { withinTime } from '../../base/within-time.ts';
import { hasIpv6Sockets } from '../../transport/ipv6-sockets.ts';
import type { AddonRequest, AddonServer, WebTransportAddon } from '../../transport/web-transport-addon.ts';
import type { Certificate } from '../certificates/certificates.ts';

/** Options for a `WebTransportListener`: its address, certificate and request handler. */
interface WebTransportListenerOptions {
  addon: WebTransportAddon;
  /** `ADDR:PORT`. The port must not be 0, because the addon does not report which port the system chose. */
  bind: string;
  /** Called for each session request; `url` is undefined if the client's URL is invalid. */
  onRequest: (request: AddonRequest, url: URL | undefined) => void;
}

/** How long to wait for the accept loop to end after `close` is called, in ms. */
const WAKE_TIMEOUT_MS = 2_000;

/**
 * A UDP port that accepts WebTransport sessions with one certificate. The addon's `close` blocks the whole
 * process while an `accept` is pending. This class therefore ends the accept loop first, by connecting to its
 * own port at a secret path.
 */
export class WebTransportListener {
  readonly certificate: Certificate;
  /** When the certificate expires, in milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly #options: WebTransportListenerOptions;
  readonly #server: AddonServer;
  readonly #wakePath = `/${randomBytes(16).toString('hex')}`;
  readonly #ended: Promise<void>;
  #closing: Promise<void> | undefined;

  /** Opens the port. @throws Error that names the address */
  constructor(options: WebTransportListenerOptions, certificate: Certificate) {
    this.#options = options;
    this.certificate = certificate;
    this.expiresAtMs = Date.parse(new X509Certificate(certificate.cert).validTo);
    const { addon, bind } = options;
    try {
      this.#server = addon.NapiServer.bind(bind, Buffer.from(certificate.cert), Buffer.from(certificate.key));
    } catch (error) {
      throw new Error(`WebTransport cannot be served at ${bind}: ${messageOf(error)}`, { cause: error });
    }
    this.#ended = this.#accept().catch((error: unknown) =>
      log.error(`WebTransport: accepting sessions failed: ${messageOf(error)}`),
    );
  }

  /** Stops accepting sessions. The port stays in use until all of its sessions have ended. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Accepts requests until a request for the wake path arrives. */
  async #accept(): Promise<void> {
    for (;;) {
      const request = await this.#server.accept();
      if (!request) return;
      const url = await request.url.then(
        (text) => new URL(text),
        () => undefined,
      );
      if (url?.pathname === this.#wakePath) {
        // The request is accepted and then closed immediately, because a rejected request would hold the port
        // until it times out.
        (await request.ok()).close(0, '');
        return;
      }
      this.#options.onRequest(request, url);
    }
  }

  async #close(): Promise<void> {
    // Without IPv6, no client can be created to end the accept loop. The loop then ends with the process.
    if (!(await hasIpv6Sockets())) return;
    this.#wake().catch((error: unknown) => log.debug(`webtransport: wake-up: ${messageOf(error)}`));
    try {
      await withinTime(this.#ended, { timeoutMs: WAKE_TIMEOUT_MS });
    } catch {
      // The accept loop itself never rejects.
      log.warn('WebTransport did not stop in time');
      return;
    }
    this.#server.close();
  }

  async #wake(): Promise<void> {
    const { addon, bind } = this.#options;
    const hash = Buffer.from(this.certificate.sha256, 'hex');
    const client = addon.NapiClient.withCertificateHashes([hash]);
    let fault: unknown;
    for (const address of localAddresses(bind)) {
      try {
        const session = await client.connect(`https://${address}${this.#wakePath}`);
        session.close(0, '');
        return;
      } catch (error) {
        fault = error;
      }
    }
    throw fault;
  }
}

/**
 * Returns the addresses at which this machine may reach a server that listens on `bind`. A server on `[::]`
 * also accepts IPv4, which is the only option if IPv6 is disabled.
 */
function localAddresses(bind: string): string[] {
  const addr = parseSocketAddr(bind);
  if (!addr || !isUnspecified(addr)) return [bind];
  return [`127.0.0.1:${addr.port}`, ...(addr.ip.length === 4 ? [] : [`[::1]:${addr.port}`])];
}
