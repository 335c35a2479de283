import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { messageOf } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { log } from '../../base/log.ts';
import { hasIpv6Sockets } from '../../transport/ipv6-sockets.ts';
import { AddonTransport } from '../../transport/web-transport.ts';
import {
  AddonError,
  type AddonRequest,
  loadWebTransport,
  type WebTransportAddon,
} from '../../transport/web-transport-addon.ts';
import type { Certificate, CertificateSource } from '../certificates/certificates.ts';
import { WebTransportListener } from './web-transport-listener.ts';

/** The response to a session request: an HTTP status that refuses it, or a function that runs its session. */
export type AdmissionDecision =
  | { status: number }
  | {
      run: (transport: AddonTransport) => Promise<void>;
      /**
       * Releases the slot. Called instead of `run` if the session cannot start, for example after a
       * disconnect.
       */
      release: () => void;
    };

/** Options for a `WebTransportServer`: its address, its certificates and its admission control. */
interface WebTransportServerOptions {
  addon: WebTransportAddon;
  /** `ADDR:PORT`. The port must not be 0, because the addon does not report which port the system chose. */
  bind: string;
  certificates: CertificateSource;
  admit: (url: URL) => Promise<AdmissionDecision>;
  /** For tests: replaces `FORCED_RENEWAL_MS`. */
  forcedRenewalMs?: number;
}

/** Time before its expiry at which the old certificate is replaced even if sessions are open, in ms. */
const FORCED_RENEWAL_MS = 60 * 60 * 1000;
/**
 * How often the certificate's expiry is checked, in ms. A single timer is not enough, because clocks jump and
 * machines sleep.
 */
const REVIEW_MS = 30_000;
/**
 * How long a new listener waits for the old listener's port, and the interval between its attempts, in ms.
 * The addon holds the port until the last connection is closed and garbage-collected. If a client disappears,
 * its connection is closed after QUIC's idle timeout of 30 s. Measured: the port was free after 0.25 s with
 * forced garbage collection, and after 8 s without it.
 */
const REBIND_TIMEOUT_MS = 45_000;
const REBIND_RETRY_MS = 50;

/**
 * Serves WebTransport sessions, and replaces the server's certificate after a renewal. The addon cannot
 * change a listener's certificate, and a new listener cannot use the port until all sessions are closed. The
 * certificate is therefore replaced while no session is open, or shortly before it expires. WebTransport is
 * unavailable for a few seconds during the replacement.
 */
export class WebTransportServer {
  readonly #options: WebTransportServerOptions;
  readonly #scope = new Scope((error) => log.warn(`webtransport: ${messageOf(error)}`));
  readonly #transports = new Set<AddonTransport>();
  #listener: WebTransportListener;
  #renewing = false;
  #canRenew = true;
  #pendingRequests = 0;

  private constructor(options: WebTransportServerOptions) {
    this.#options = options;
    this.#listener = this.#listen();
    this.#scope.own(() => this.#stop('the relay is shutting down'));
    this.#scope.own(options.certificates.onRenewed(() => this.#review()));
    const reviewMs = Math.min(REVIEW_MS, options.forcedRenewalMs ?? FORCED_RENEWAL_MS);
    const timer = setInterval(() => this.#review(), reviewMs).unref();
    this.#scope.own(() => clearInterval(timer));
  }

  /** Opens the server. @throws Error that names the address */
  static open(options: WebTransportServerOptions): WebTransportServer {
    return new WebTransportServer(options);
  }

  /**
   * The certificate that clients see. Undefined while it is being replaced, because WebTransport is
   * unavailable during that time.
   */
  get certificate(): Certificate | undefined {
    return this.#unavailable ? undefined : this.#listener.certificate;
  }

  /** Closes all sessions and stops listening. Idempotent. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  get #unavailable(): boolean {
    return this.#scope.closed || this.#renewing;
  }

  #listen(): WebTransportListener {
    const { addon, bind, certificates } = this.#options;
    const onRequest = (request: AddonRequest, url: URL | undefined) => this.#handle(request, url);
    return new WebTransportListener({ addon, bind, onRequest }, certificates.current());
  }

  #handle(request: AddonRequest, url: URL | undefined): void {
    this.#pendingRequests += 1;
    void this.#answer(request, url)
      .catch((error: unknown) => log.debug(`webtransport: ${messageOf(error)}`))
      .finally(() => {
        this.#pendingRequests -= 1;
        this.#review();
      });
  }

  async #answer(request: AddonRequest, url: URL | undefined): Promise<void> {
    if (this.#unavailable) return request.reject(503);
    if (!url) return request.reject(400);
    const decision = await this.#options.admit(url);
    if ('status' in decision) return request.reject(decision.status);
    if (this.#unavailable) {
      decision.release();
      return request.reject(503);
    }
    let transport: AddonTransport;
    try {
      transport = new AddonTransport(await request.ok());
    } catch (error) {
      decision.release();
      throw error;
    }
    this.#transports.add(transport);
    const forget = () => this.#transports.delete(transport);
    transport.closed.then(forget, forget);
    await decision.run(transport);
  }

  /**
   * Replaces the certificate if there is a newer one, and either no session is open or the old certificate is about
   * to expire.
   */
  #review(): void {
    const { certificates, forcedRenewalMs = FORCED_RENEWAL_MS } = this.#options;
    const { certificate, expiresAtMs } = this.#listener;
    if (this.#unavailable || !this.#canRenew || certificate.sha256 === certificates.current().sha256) return;
    const isIdle = this.#transports.size + this.#pendingRequests === 0;
    if (!isIdle && Date.now() < expiresAtMs - forcedRenewalMs) return;
    this.#renewing = true;
    void this.#renew()
      .catch((error: unknown) => log.error(`WebTransport has stopped: ${messageOf(error)}`))
      .finally(() => {
        this.#renewing = false;
        // Another certificate may have been issued while the old listener was closing.
        this.#review();
      });
  }

  /** Restarts the listener with the new certificate. Clients reconnect by themselves. */
  async #renew(): Promise<void> {
    if (!(await hasIpv6Sockets())) {
      this.#canRenew = false;
      log.warn(
        'WebTransport keeps its certificate until the relay is restarted, because this kernel has no IPv6',
      );
      return;
    }
    const startedMs = performance.now();
    await this.#stop('the certificate is renewed');
    await this.#rebind();
    const unavailableMs = Math.round(performance.now() - startedMs);
    log.info(`WebTransport uses the new certificate; it was unavailable for ${unavailableMs} ms`);
  }

  async #rebind(): Promise<void> {
    const deadline = performance.now() + REBIND_TIMEOUT_MS;
    for (let attempt = 1; !this.#scope.closed; attempt += 1) {
      // Garbage collection pauses the process, so it runs only at attempts 1, 2, 4, 8, and so on. If several
      // collections have not freed the port, garbage is not the cause.
      if ((attempt & (attempt - 1)) === 0) collectGarbage();
      try {
        this.#listener = this.#listen();
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(REBIND_RETRY_MS);
      }
    }
  }

  async #stop(reason: string): Promise<void> {
    for (const transport of this.#transports) transport.close({ closeCode: 0, reason });
    await this.#listener.close();
  }
}

/** Options for `openWebTransport`: its address, certificates and addon loader. */
interface OpenWebTransportOptions {
  /** `ADDR:PORT` for QUIC. Port 0 means the same port number as `httpPort`. */
  bind: string;
  httpPort: number;
  certificates: CertificateSource | null;
  /** Loads the addon. Tests replace it. */
  loadAddon?: (() => WebTransportAddon) | undefined;
  admit: (url: URL) => Promise<AdmissionDecision>;
}

/**
 * Serves WebTransport, or logs why not and returns undefined if there is no certificate or the addon does not
 * run on this system.
 *
 * @throws Error that names the address
 */
export function openWebTransport(
  options: OpenWebTransportOptions,
): { port: number; server: WebTransportServer } | undefined {
  const { bind, httpPort, certificates, loadAddon = loadWebTransport, admit } = options;
  if (!certificates) {
    log.info('no certificate: only HTTP and WebSocket are served (see --tls-cert and --dev)');
    return undefined;
  }
  let addon: WebTransportAddon;
  try {
    addon = loadAddon();
  } catch (error) {
    if (!(error instanceof AddonError)) throw error;
    log.warn(`WebTransport is not served, only WebSocket: ${error.message}`);
    return undefined;
  }
  const [, host = '', text = ''] = /^(.*):(\d+)$/.exec(bind) ?? [];
  const port = Number(text) || httpPort;
  const open = (at: string) => WebTransportServer.open({ addon, bind: `${at}:${port}`, certificates, admit });
  try {
    return { port, server: open(host) };
  } catch (error) {
    if (host === '[::]' && lacksIpv6(error)) return { port, server: open('0.0.0.0') };
    throw new Error(`${messageOf(error)}. Choose another address with --bind.`, { cause: error });
  }
}

/** Whether an address could not be bound because IPv6 is missing (EAFNOSUPPORT) or disabled (EADDRNOTAVAIL). */
function lacksIpv6(error: unknown): boolean {
  return /address family not supported|cannot assign requested address/i.test(messageOf(error));
}

/**
 * Collects garbage immediately, which pauses the process. This releases resources that a native addon keeps until its
 * objects are collected.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc === 'function') gc();
}
