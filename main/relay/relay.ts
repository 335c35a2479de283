import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { RELAY_METRICS } from '../../common/relay/relay-api.ts';
import { ConcurrencyLimiter } from '../base/concurrency-limiter.ts';
import { log } from '../base/log.ts';
import type { LiveEndpoint } from '../endpoint/endpoint.ts';
import { clientOfPeer } from '../network/peer-client.ts';
import type { WebTransportAddon } from '../transport/web-transport-addon.ts';
import type { Authorizer } from './access/auth.ts';
import { ADDRESS_TOKEN_PARAM, addressOfRequest, clientOfRequest } from './access/client-identity.ts';
import type { KeyFiles } from './access/key-files.ts';
import { isOwnMachine } from './access/own-machine.ts';
import { firstCertificate } from './certificates/certificates.ts';
import { type RelayCertificates, servedExpiryMs } from './certificates/open-certificates.ts';
import { Cluster } from './cluster/cluster.ts';
import { ClusterAuth } from './cluster/cluster-auth.ts';
import { HttpServer } from './http/http-server.ts';
import { localAccessFault } from './http/local-access.ts';
import { HttpRoutes } from './http/routes.ts';
import { ticketBaseFor } from './http/ticket-base.ts';
import { reportBroadcasts } from './monitoring/broadcast-report.ts';
import { serveMonitoring } from './monitoring-server.ts';
import { type Opened, openParts } from './open-parts.ts';
import { createCore, type RelayCore } from './relay-core.ts';
import type { RelayEvent } from './relay-events.ts';
import type { RelayOptions } from './relay-options.ts';
import { notReadyReason, type RelayStatus } from './relay-status.ts';
import { openWebTransport, type WebTransportServer } from './sessions/web-transport-server.ts';

/** Dependencies that the program passes to the relay. */
interface RelayParts {
  version: string;
  /** The folder with the built pages. */
  webRoot: string;
  onEvent: (event: RelayEvent) => void;
  /** Aborts the wait for the first certificate. */
  signal?: AbortSignal;
  /** Loads the WebTransport addon. Tests replace it. */
  loadAddon?: () => WebTransportAddon;
}

/** A relay: an Origin and all the transports and HTTP routes that give access to it. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #parts: RelayParts;
  readonly #scope: Scope;
  readonly #endpoint: LiveEndpoint;
  readonly #auth: Authorizer;
  readonly #certificates: RelayCertificates;
  readonly #keys: KeyFiles;
  readonly #status: RelayStatus;
  readonly #core: RelayCore;
  readonly #routes: HttpRoutes;
  #http: HttpServer | undefined;
  #cluster: Cluster | undefined;
  #webTransport: { port: number; server: WebTransportServer } | undefined;
  #metricsUrl: string | null = null;

  private constructor(options: RelayOptions, parts: RelayParts, opened: Opened) {
    this.#options = options;
    this.#parts = parts;
    this.#scope = opened.scope;
    this.#endpoint = opened.endpoint;
    this.#auth = opened.auth;
    this.#certificates = opened.certificates;
    this.#keys = opened.keys;
    this.#status = opened.status;
    this.#core = createCore(options, opened, parts.onEvent);
    const { metrics, pulls, origin } = this.#core;
    const { limits, trustProxy } = options;
    const eventStreams = new ConcurrencyLimiter(limits.sessions, limits.sessionsPerClient);
    this.#routes = new HttpRoutes({
      webRoot: parts.webRoot,
      auth: this.#auth,
      relayInfo: (request, mayPublish) => this.#relayInfo(request, mayPublish),
      quicPort: () => this.#webTransport?.port ?? null,
      pullReport: (ticket, access) => pulls.report(ticket, access),
      onPullChange: (listener) => pulls.onChange(listener),
      notReady: () => this.#notReady(),
      broadcasts: () => reportBroadcasts(origin),
      metrics: async () => ({ type: metrics.contentType, text: await metrics.text() }),
      acquireStream: (request) => {
        const release = eventStreams.acquire(clientOfRequest(request, trustProxy));
        return typeof release === 'string' ? undefined : release;
      },
    });
  }

  /**
   * Opens a relay. Resolves when it listens on all of its addresses. While it waits for an authority to issue
   * the first certificate, it serves only the monitoring address.
   *
   * @throws Error with a message for the user; the signal's reason if the signal is aborted before there is a
   *   certificate
   */
  static async open(options: RelayOptions, parts: RelayParts): Promise<Relay> {
    const scope = new Scope((error) => log.error(`shutting down: ${messageOf(error)}`));
    let relay: Relay | undefined;
    try {
      relay = new Relay(options, parts, await openParts(options, parts, scope));
      if (options.metricsBind !== null) await relay.#listenMetrics(options.metricsBind);
      await relay.#waitForCertificate();
      await relay.#joinCluster();
      await relay.#listen();
      Object.assign(relay.#status, { waitingFor: null, http: relay.http });
      return relay;
    } catch (error) {
      await (relay ?? scope).close();
      throw error;
    }
  }

  get endpointId(): string {
    return this.#endpoint.id;
  }

  /**
   * The URL of the relay's pages. If the certificate comes from an ACME authority, the host is the
   * certificate's first domain.
   */
  get http(): string {
    if (!this.#http) return '';
    const url = new URL(this.#http.url);
    const [domain] = this.#options.acme?.domains ?? [];
    if (domain !== undefined) url.hostname = domain;
    return url.href;
  }

  /** The WebTransport URL; null if WebTransport is not served. */
  get webTransport(): string | null {
    if (!this.#webTransport) return null;
    const url = new URL(this.http);
    return `https://${url.hostname}:${this.#webTransport.port}/`;
  }

  /** The URL of the metrics that require no token; null if `metricsBind` is null. */
  get metrics(): string | null {
    return this.#metricsUrl;
  }

  /** Returns the ticket for a broadcast that is published on this relay. */
  ticketFor(name: string): string {
    return this.#endpoint.ticketFor(name);
  }

  /** Reads the key and certificate files again now. Never rejects. */
  async reload(): Promise<void> {
    await Promise.all([this.#keys.reload(), this.#certificates.https?.reload()]);
  }

  /** Sends the reason to every session, then closes everything. Idempotent. */
  async close(): Promise<void> {
    await this.#core.sessions.close();
    await this.#scope.close();
  }

  async #listen(): Promise<void> {
    const options = this.#options;
    const http = await HttpServer.open({
      bind: options.httpBind,
      optionName: options.httpBindOption,
      tls: this.#certificates.https,
      sessions: options.limits.sessions,
      sessionsPerClient: options.limits.sessionsPerClient,
      trustProxy: options.trustProxy,
      ...(options.dev ? { faultOf: (request) => this.#localFault(request) } : {}),
      onRequest: (request, response) =>
        this.#core.accessLog?.watch(request, response, clientOfRequest(request, options.trustProxy)),
      handle: (request, response) =>
        this.#cluster && ClusterAuth.matches(request)
          ? this.#cluster.auth.handle(request, response)
          : this.#routes.handle(request, response),
      handleUpgrade: (request, connection, head) =>
        this.#core.admission.admitWebSocket(request, connection, head),
    });
    this.#http = http;
    this.#scope.own(async () => {
      this.#routes.close();
      await this.#core.admission.close();
      await http.close();
    });
    this.#listenWebTransport(http.port);
    this.#scope.own(
      this.#endpoint.onConnection((peer) => {
        if (options.localOnly && !isOwnMachine(peer.transport)) {
          this.#core.onRefused(
            'host',
            clientOfPeer(peer),
            'with --dev, only this machine can connect; see --bind',
          );
          peer.transport.close({ closeCode: 1, reason: 'only its own machine can connect to this relay' });
          return;
        }
        this.#core.admission
          .admitPeer(peer)
          .catch((error: unknown) => log.debug(`iroh: ${messageOf(error)}`));
      }),
    );
  }

  async #waitForCertificate(): Promise<void> {
    const { https } = this.#certificates;
    if (!https || https.ready) return;
    this.#status.waitingFor = 'certificate';
    await firstCertificate(https, this.#parts.signal);
    this.#status.waitingFor = null;
  }

  #localFault(request: IncomingMessage): string | undefined {
    const fault = localAccessFault(request.headers);
    if (fault !== undefined)
      this.#core.onRefused('host', clientOfRequest(request, this.#options.trustProxy), fault);
    return fault;
  }

  async #joinCluster(): Promise<void> {
    const { cluster: options, dataDir } = this.#options;
    if (!options) return;
    const cluster = await Cluster.open(options, {
      dataDir,
      origin: this.#core.origin,
      auth: this.#auth,
      localId: this.#endpoint.id,
      onRefused: this.#core.onRefused,
      pull: (client, ticket, ended) => this.#core.pulls.pull(client, ticket, ended),
      dialPeer: (address, signal) => this.#endpoint.connect(address, { signal }),
      traffic: this.#core.clusterTraffic,
    });
    this.#cluster = cluster;
    this.#scope.own(() => cluster.close());
  }

  #listenWebTransport(httpPort: number): void {
    const opened = openWebTransport({
      bind: this.#options.bind,
      httpPort,
      certificates: this.#certificates.webTransport,
      loadAddon: this.#parts.loadAddon,
      admit: (url) => this.#core.admission.admitWebTransport(url),
    });
    if (!opened) return;
    this.#scope.own(() => opened.server.close());
    this.#webTransport = opened;
  }

  async #listenMetrics(bind: string): Promise<void> {
    const { sessionsPerClient } = this.#options.limits;
    const server = await serveMonitoring(
      {
        metrics: this.#core.metrics,
        notReady: () => this.#notReady(),
        broadcasts: () => reportBroadcasts(this.#core.origin),
      },
      bind,
      sessionsPerClient,
    );
    this.#metricsUrl = new URL(RELAY_METRICS, server.url).href;
    log.info(`metrics are at ${this.#metricsUrl}`);
    this.#scope.own(() => server.close());
  }

  /** Returns why the relay cannot serve its pages, as a sentence. Null if it can. */
  #notReady(): string | null {
    return notReadyReason(this.#status, this.#scope.closed, servedExpiryMs(this.#certificates));
  }

  #relayInfo(request: IncomingMessage, mayPublish: boolean) {
    const { trustProxy, allowPrivateAddresses } = this.#options;
    const ticketBase = ticketBaseFor(this.#endpoint, {
      client: addressOfRequest(request, trustProxy),
      mayPublish,
      allowPrivateAddresses,
    });
    // The certificate is undefined while it is being replaced. During that time, pages use WebSocket without
    // trying WebTransport.
    const certificate = this.#webTransport?.server.certificate;
    const client = clientOfRequest(request, trustProxy);
    const addressToken = this.#core.addressTokens.issue(client);
    const path = `/?${ADDRESS_TOKEN_PARAM}=${addressToken}`;
    return {
      version: this.#parts.version,
      endpointId: this.#endpoint.id,
      ticketBase,
      webTransport: this.#webTransport && certificate ? { port: this.#webTransport.port, path } : null,
      certificateSha256:
        certificate && this.#certificates.webTransport?.selfSigned ? certificate.sha256 : null,
      limit: this.#core.sessions.limitFor(client),
    };
  }
}
