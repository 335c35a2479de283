import { randomBytes, X509Certificate } from 'node:crypto';
import { messageOf } from '../../common/base/errors.ts';
import { formatSocketAddr, isUnspecified, parseSocketAddr } from '../../common/ticket/socket-addr.ts';
import { log } from '../base/log.ts';
import { sleep } from '../base/sleep.ts';
import { AddonTransport } from '../transport/web-transport.ts';
import type { AddonRequest, AddonServer, WebTransportAddon } from '../transport/web-transport-addon.ts';
import type { Certificate, CertificateSource } from './certificates/certificates.ts';
import { collectGarbage } from './collect-garbage.ts';

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
  /** For tests: how long before its end a certificate is replaced though sessions are up. */
  lastMs?: number;
}

/** A certificate is in use until this long before its end, in milliseconds, while sessions are up that it holds. */
const LAST_MS = 60 * 60 * 1000;
/** How often the end of a certificate in use is looked at, in milliseconds: clocks jump, machines sleep. */
const LOOK_MS = 30_000;

/**
 * How long one that takes over the port waits for it to be free, and how often it looks, in milliseconds. The addon
 * holds the port until its last connection is gone; one that went without a word takes QUIC's idle time-out, 30 s.
 * Objects of connections that are over hold it too, until they are collected: measured, a port was free after 0.25 s
 * when garbage was collected, and after 8 s when that was left to Node.
 */
const REBIND_MS = 45_000;
const REBIND_STEP_MS = 50;
/** How long the accept loop may take to wake up, in milliseconds. */
const WAKE_MS = 2_000;

/**
 * Serves WebTransport. The addon keeps the certificate that it began with, and its port for itself until its last
 * connection is gone: another certificate means to close all sessions and to be away for some seconds. So that is done
 * when no session is up, or when the certificate would end.
 */
export class WebTransportServer {
  readonly #options: WebTransportOptions;
  readonly #transports = new Set<AddonTransport>();
  #serving: Serving;
  #closed = false;
  #renewing = false;
  /** Requests that are being answered. */
  #answering = 0;
  readonly #look: NodeJS.Timeout;
  readonly #unsubscribe: () => void;

  private constructor(options: WebTransportOptions) {
    this.#options = options;
    this.#serving = this.#serve(this.#bind());
    this.#unsubscribe = options.certificates.onRenewed(() => this.#review());
    this.#look = setInterval(() => this.#review(), Math.min(LOOK_MS, options.lastMs ?? LAST_MS)).unref();
  }

  /** @throws Error that names the address */
  static open(options: WebTransportOptions): WebTransportServer {
    return new WebTransportServer(options);
  }

  /** The certificate that clients find; undefined while it is being replaced, when there is no WebTransport. */
  get certificate(): Certificate | undefined {
    return this.#closed || this.#renewing ? undefined : this.#serving.certificate;
  }

  /** Stops; sessions are closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    clearInterval(this.#look);
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
    const endsAtMs = Date.parse(new X509Certificate(certificate.cert).validTo);
    return { server, certificate, endsAtMs, wakePath, ended };
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
      this.#answering += 1;
      void this.#answer(request, url)
        .catch((error: unknown) => log.debug(`webtransport: ${messageOf(error)}`))
        .finally(() => {
          this.#answering -= 1;
          this.#review();
        });
    }
  }

  async #answer(request: AddonRequest, url: URL | undefined): Promise<void> {
    const verdict =
      url && !this.#stopping ? await this.#options.judge(url) : { status: this.#stopping ? 503 : 400 };
    if ('status' in verdict) {
      await request.reject(verdict.status);
      return;
    }
    if (this.#stopping) {
      verdict.release();
      await request.reject(503);
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

  get #stopping(): boolean {
    return this.#closed || this.#renewing;
  }

  /** Replaces the certificate if there is a newer one and it is time to. */
  #review(): void {
    const { certificates, lastMs = LAST_MS } = this.#options;
    const { certificate, endsAtMs } = this.#serving;
    if (this.#stopping || certificate.sha256 === certificates.current().sha256) return;
    const busy = this.#transports.size + this.#answering > 0;
    if (busy && Date.now() < endsAtMs - lastMs) return;
    this.#renewing = true;
    void this.#renew()
      .catch((error: unknown) => log.error(`WebTransport has stopped: ${messageOf(error)}`))
      .finally(() => {
        this.#renewing = false;
        // Another one may have come meanwhile.
        this.#review();
      });
  }

  /** Begins anew. Clients come back by themselves. */
  async #renew(): Promise<void> {
    const sinceMs = performance.now();
    await this.#stop('the certificate is renewed');
    await this.#rebind();
    const awayMs = Math.round(performance.now() - sinceMs);
    log.info(`WebTransport has the new certificate; it was away for ${awayMs} ms`);
  }

  async #rebind(): Promise<void> {
    const deadline = performance.now() + REBIND_MS;
    for (let tries = 1; !this.#closed; tries += 1) {
      // Ever more rarely: it stops everything, and what is not free soon waits for something else.
      if ((tries & (tries - 1)) === 0) collectGarbage();
      try {
        this.#serving = this.#serve(this.#bind());
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(REBIND_STEP_MS);
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
  endsAtMs: number;
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
