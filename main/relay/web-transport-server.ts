import { randomBytes } from 'node:crypto';
import { messageOf } from '../../common/errors.ts';
import { formatSocketAddr, isUnspecified, parseSocketAddr } from '../../common/socket-addr.ts';
import { log } from '../log.ts';
import { AddonTransport } from '../transport/web-transport.ts';
import type { AddonRequest, AddonServer, WebTransportAddon } from '../transport/web-transport-addon.ts';
import type { Certificate, CertificateSource } from './certificates.ts';

/** What is done with a request: a session is run, or an HTTP status refuses it. */
export type Verdict =
  | { status: number }
  | {
      run: (transport: AddonTransport) => Promise<void>;
      /** Called in place of `run` when the client has gone by then: gives its place back. */
      release: () => void;
    };

export interface WebTransportOptions {
  addon: WebTransportAddon;
  /** `ADDR:PORT`, the port not 0: the addon does not tell which one it got. */
  bind: string;
  certificates: CertificateSource;
  judge: (url: URL) => Promise<Verdict>;
}

/**
 * How long one that takes over the port waits for it to be free, and how often it looks, in milliseconds. The addon
 * holds the port until its last connection is gone; one that went without a word takes QUIC's idle time-out, 30 s.
 */
const REBIND_MS = 45_000;
const REBIND_STEP_MS = 100;
/** How long the accept loop may take to wake up, in milliseconds. */
const WAKE_MS = 2_000;

/** Serves WebTransport, with the certificate of the moment. */
export class WebTransportServer {
  readonly #options: WebTransportOptions;
  readonly #transports = new Set<AddonTransport>();
  #serving: Serving;
  #closed = false;
  #renewing = false;
  readonly #unsubscribe: () => void;

  private constructor(options: WebTransportOptions) {
    this.#options = options;
    this.#serving = this.#serve(this.#bind());
    this.#unsubscribe = options.certificates.onRenewed(() => {
      void this.#renew().catch((error: unknown) =>
        log.error(`WebTransport has stopped: ${messageOf(error)}`),
      );
    });
  }

  /** @throws Error that names the address */
  static open(options: WebTransportOptions): WebTransportServer {
    return new WebTransportServer(options);
  }

  /** Stops; sessions are closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    await this.#stop('the relay ends');
  }

  #bind(): { server: AddonServer; certificate: Certificate } {
    const { addon, bind, certificates } = this.#options;
    const certificate = certificates.current();
    try {
      const server = addon.NapiServer.bind(bind, Buffer.from(certificate.cert), Buffer.from(certificate.key));
      return { server, certificate };
    } catch (error) {
      throw new Error(`WebTransport cannot be served at ${bind}: ${messageOf(error)}`, { cause: error });
    }
  }

  #serve({ server, certificate }: { server: AddonServer; certificate: Certificate }): Serving {
    const wakePath = `/${randomBytes(16).toString('hex')}`;
    const ended = this.#accept(server, wakePath).catch((error: unknown) =>
      log.error(`WebTransport: accepting ended: ${messageOf(error)}`),
    );
    return { server, certificate, wakePath, ended };
  }

  /** Until a request for the wake path comes. */
  async #accept(server: AddonServer, wakePath: string): Promise<void> {
    for (;;) {
      const request = await server.accept();
      if (!request) return;
      const url = await request.url.then(
        (text) => new URL(text),
        () => undefined,
      );
      if (url?.pathname === wakePath) {
        // Accepted, to be closed at once: a refused one would hold the port until it times out.
        (await request.ok()).close(0, '');
        return;
      }
      void this.#answer(request, url).catch((error: unknown) =>
        log.debug(`webtransport: ${messageOf(error)}`),
      );
    }
  }

  async #answer(request: AddonRequest, url: URL | undefined): Promise<void> {
    const verdict =
      url && !this.#closed ? await this.#options.judge(url) : { status: this.#closed ? 503 : 400 };
    if ('status' in verdict) {
      await request.reject(verdict.status);
      return;
    }
    let transport: AddonTransport;
    try {
      transport = new AddonTransport(await request.ok());
    } catch (error) {
      verdict.release();
      throw error;
    }
    this.#transports.add(transport);
    const forget = () => this.#transports.delete(transport);
    transport.closed.then(forget, forget);
    await verdict.run(transport);
  }

  /** The addon keeps the certificate that it began with, so it begins anew. Clients come back by themselves. */
  async #renew(): Promise<void> {
    if (this.#renewing) return;
    this.#renewing = true;
    const { certificates } = this.#options;
    try {
      while (!this.#closed && this.#serving.certificate.sha256 !== certificates.current().sha256) {
        await this.#stop('the certificate is renewed');
        await this.#rebind();
      }
    } finally {
      this.#renewing = false;
    }
  }

  async #rebind(): Promise<void> {
    const deadline = performance.now() + REBIND_MS;
    while (!this.#closed) {
      try {
        this.#serving = this.#serve(this.#bind());
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, REBIND_STEP_MS));
      }
    }
  }

  /**
   * The addon's `close` waits for a lock that a pending `accept` holds, and stops the whole process meanwhile. So the
   * accept loop is ended first, by a request of our own that it knows.
   */
  async #stop(reason: string): Promise<void> {
    for (const transport of this.#transports) transport.close({ closeCode: 0, reason });
    const { server, ended } = this.#serving;
    const { promise: timeout, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => resolve('late'), WAKE_MS);
    try {
      void this.#wake().catch((error: unknown) => log.debug(`webtransport: woken: ${messageOf(error)}`));
      if ((await Promise.race([ended, timeout])) === 'late') log.warn('WebTransport did not stop in time');
      else server.close();
    } finally {
      clearTimeout(timer);
    }
  }

  async #wake(): Promise<void> {
    const { certificate, wakePath } = this.#serving;
    const client = this.#options.addon.NapiClient.withCertificateHashes([
      Buffer.from(certificate.sha256, 'hex'),
    ]);
    const session = await client.connect(`https://${reachable(this.#options.bind)}${wakePath}`);
    session.close(0, '');
  }
}

interface Serving {
  server: AddonServer;
  certificate: Certificate;
  wakePath: string;
  ended: Promise<void>;
}

/** Where this machine reaches a server that listens there. */
function reachable(bind: string): string {
  const addr = parseSocketAddr(bind);
  if (!addr || !isUnspecified(addr)) return bind;
  const loopback = addr.ip.length === 4 ? [127, 0, 0, 1] : [...Array.from({ length: 15 }, () => 0), 1];
  return formatSocketAddr({ ip: Uint8Array.from(loopback), port: addr.port });
}
