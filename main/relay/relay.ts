import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { RELAY_METRICS } from '../../common/relay/relay-api.ts';
import { ConcurrencyLimiter } from '../base/concurrency-limiter.ts';
import { log } from '../base/log.ts';
import { failureOf, type LiveEndpoint } from '../endpoint/endpoint.ts';
import { clientOfPeer } from '../network/peer-client.ts';
import { Origin } from '../origin/origin.ts';
import type { WebTransportAddon } from '../transport/web-transport-addon.ts';
import type { Authorizer } from './access/auth.ts';
import {
  ADDRESS_TOKEN_PARAM,
  AddressTokens,
  addressOfRequest,
  clientOfRequest,
} from './access/client-identity.ts';
import type { KeyFiles } from './access/key-files.ts';
import { announcementLimits, type OnRefused } from './access/limits.ts';
import { isOwnMachine } from './access/own-machine.ts';
import { ActivityLog } from './activity-log.ts';
import { certificateExpiryMs } from './certificates/certificates.ts';
import type { RelayCertificates } from './certificates/open-certificates.ts';
import { Cluster } from './cluster/cluster.ts';
import { ClusterAuth } from './cluster/cluster-auth.ts';
import { AccessLog } from './http/access-log.ts';
import { HttpServer } from './http/http-server.ts';
import { localAccessFault } from './http/local-access.ts';
import { HttpRoutes } from './http/routes.ts';
import { ticketBaseFor } from './http/ticket-base.ts';
import { Metrics, sampleRelay } from './metrics.ts';
import { reportBroadcasts } from './monitoring/broadcast-report.ts';
import { TrafficMeter } from './monitoring/traffic-meter.ts';
import { serveMonitoring } from './monitoring-server.ts';
import { type Opened, openParts } from './open-parts.ts';
import { AddressError, restrictedDial } from './pulls/address-policy.ts';
import { RelayPulls } from './pulls/pulls.ts';
import type { RelayEvent } from './relay-events.ts';
import type { RelayOptions } from './relay-options.ts';
import type { RelayStatus } from './relay-status.ts';
import { SessionAdmission } from './sessions/session-admission.ts';
import { RelaySessions } from './sessions/sessions.ts';
import { openWebTransport, type WebTransportServer } from './sessions/web-transport-server.ts';
import { ViewerReports } from './viewer-reports.ts';

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
  readonly #origin: Origin;
  readonly #pulls: RelayPulls;
  readonly #sessions: RelaySessions;
  readonly #metrics: Metrics;
  readonly #upstreamTraffic = new TrafficMeter();
  readonly #clusterTraffic = new TrafficMeter();
  readonly #admission: SessionAdmission;
  readonly #accessLog: AccessLog | null;
  readonly #addressTokens = new AddressTokens();
  readonly #onRefused: OnRefused;
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
    const { limits, trustProxy } = options;
    this.#origin = new Origin({ limits: announcementLimits(limits) });
    const { refusalLog } = opened;
    this.#metrics = new Metrics(() =>
      sampleRelay({
        origin: this.#origin,
        pulls: this.#pulls,
        sessions: this.#sessions,
        upstreamTraffic: this.#upstreamTraffic,
        clusterTraffic: this.#clusterTraffic,
        certificateExpiresAtMs: () => this.#certificateExpiresAtMs(),
      }),
    );
    this.#scope.own(() => this.#metrics.close());
    const pageCertificates = this.#certificates.https ?? this.#certificates.webTransport;
    if (pageCertificates) {
      this.#scope.own(pageCertificates.onRenewed(() => this.#metrics.countRenewal('success')));
    }
    this.#scope.own(opened.certificateTroubles.on('trouble', () => this.#metrics.countRenewal('failure')));
    const onRefused: OnRefused = (reason, client, message) => {
      this.#metrics.countRefusal(reason);
      if (message !== undefined) refusalLog.add(`${client}: refused: ${message}`);
    };
    this.#onRefused = onRefused;
    const rules = { allowPrivate: options.allowPrivateAddresses, ownRelayUrl: options.irohRelay };
    const dial = restrictedDial(this.#endpoint, rules, onRefused);
    const viewerReports = new ViewerReports(this.#origin);
    this.#scope.own(() => viewerReports.close());
    const activity = new ActivityLog(log.info);
    this.#scope.own(() => activity.close());
    this.#scope.own(activity.watch(this.#origin));
    this.#pulls = new RelayPulls({
      origin: this.#origin,
      localId: this.#endpoint.id,
      dial: async (address, signal, clientsOf) =>
        this.#upstreamTraffic.add(await dial(address, signal, clientsOf)),
      failureOf: (error) => (error instanceof AddressError ? 'private' : failureOf(error)),
      isFinal: (error) => error instanceof AddressError && error.reason === 'private',
      releaseMs: options.releaseMs,
      limits,
      onEvent: (event) => {
        activity.pull(event);
        parts.onEvent(event);
      },
      onRequested: (ticket, client) => activity.requested(ticket, client),
      onRefused,
    });
    this.#scope.own(() => this.#pulls.close());
    this.#sessions = new RelaySessions({
      origin: this.#origin,
      localId: this.#endpoint.id,
      limits,
      pull: (client, ticket, ended) => this.#pulls.pull(client, ticket, ended),
      onOpened: (kind) => this.#metrics.countSession(kind),
      warn: (line) => refusalLog.add(line),
      onRefused,
    });
    this.#scope.own(() => this.#sessions.close());
    this.#accessLog = options.accessLog ? new AccessLog(log.info) : null;
    this.#admission = new SessionAdmission({
      accessLog: this.#accessLog,
      auth: this.#auth,
      sessions: this.#sessions,
      maxStreams: limits.streams,
      trustProxy,
      addressTokens: this.#addressTokens,
      onRefused,
    });
    const eventStreams = new ConcurrencyLimiter(limits.sessions, limits.sessionsPerClient);
    this.#routes = new HttpRoutes({
      webRoot: parts.webRoot,
      auth: this.#auth,
      relayInfo: (request, mayPublish) => this.#relayInfo(request, mayPublish),
      quicPort: () => this.#webTransport?.port ?? null,
      pullReport: (ticket, access) => this.#pulls.report(ticket, access),
      onPullChange: (listener) => this.#pulls.onChange(listener),
      notReady: () => this.#notReady(),
      broadcasts: () => reportBroadcasts(this.#origin),
      metrics: async () => ({ type: this.#metrics.contentType, text: await this.#metrics.text() }),
      acquireStream: (request) => {
        const release = eventStreams.acquire(clientOfRequest(request, trustProxy));
        return typeof release === 'string' ? undefined : release;
      },
    });
  }

  /**
   * Opens a relay. Resolves when it listens on all of its addresses. While it waits for the first certificate from an
   * authority, it serves only the monitoring address.
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
      await relay.#waitForCertificate(parts.signal);
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
    await this.#sessions.close();
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
        this.#accessLog?.watch(request, response, clientOfRequest(request, options.trustProxy)),
      handle: (request, response) =>
        this.#cluster && ClusterAuth.matches(request)
          ? this.#cluster.auth.handle(request, response)
          : this.#routes.handle(request, response),
      handleUpgrade: (request, connection, head) => this.#admission.admitWebSocket(request, connection, head),
    });
    this.#http = http;
    this.#scope.own(async () => {
      this.#routes.close();
      await this.#admission.close();
      await http.close();
    });
    this.#listenWebTransport(http.port);
    this.#scope.own(
      this.#endpoint.onConnection((peer) => {
        if (options.localOnly && !isOwnMachine(peer.transport)) {
          this.#onRefused(
            'host',
            clientOfPeer(peer),
            'with --dev, only this machine can connect; see --bind',
          );
          peer.transport.close({ closeCode: 1, reason: 'only its own machine can connect to this relay' });
          return;
        }
        this.#admission.admitPeer(peer).catch((error: unknown) => log.debug(`iroh: ${messageOf(error)}`));
      }),
    );
  }

  async #waitForCertificate(signal: AbortSignal | undefined): Promise<void> {
    const { https } = this.#certificates;
    if (!https || https.ready) return;
    this.#status.waitingFor = 'certificate';
    const close = () => https.close();
    signal?.addEventListener('abort', close, { once: true });
    if (signal?.aborted) close();
    try {
      await https.whenReady();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', close);
    }
    this.#status.waitingFor = null;
  }

  #localFault(request: IncomingMessage): string | undefined {
    const fault = localAccessFault(request.headers);
    if (fault !== undefined)
      this.#onRefused('host', clientOfRequest(request, this.#options.trustProxy), fault);
    return fault;
  }

  async #joinCluster(): Promise<void> {
    const { cluster: options, dataDir } = this.#options;
    if (!options) return;
    const cluster = await Cluster.open(options, {
      dataDir,
      origin: this.#origin,
      auth: this.#auth,
      localId: this.#endpoint.id,
      onRefused: this.#onRefused,
      pull: (client, ticket, ended) => this.#pulls.pull(client, ticket, ended),
      dialPeer: (address, signal) => this.#endpoint.connect(address, { signal }),
      traffic: this.#clusterTraffic,
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
      admit: (url) => this.#admission.admitWebTransport(url),
    });
    if (!opened) return;
    this.#scope.own(() => opened.server.close());
    this.#webTransport = opened;
  }

  async #listenMetrics(bind: string): Promise<void> {
    const { sessionsPerClient } = this.#options.limits;
    const server = await serveMonitoring(
      {
        metrics: this.#metrics,
        notReady: () => this.#notReady(),
        broadcasts: () => reportBroadcasts(this.#origin),
      },
      bind,
      sessionsPerClient,
    );
    this.#metricsUrl = new URL(RELAY_METRICS, server.url).href;
    log.info(`metrics are at ${this.#metricsUrl}`);
    this.#scope.own(() => server.close());
  }

  /** Returns why the relay cannot serve its pages, as a sentence; null if it can. */
  #notReady(): string | null {
    if (this.#scope.closed) return 'The relay is shutting down.';
    if (this.#status.waitingFor === 'certificate') return 'The relay is waiting for its first certificate.';
    if (this.#status.waitingFor === 'start') return 'The relay is starting.';
    const expiresAtMs = this.#certificateExpiresAtMs();
    return expiresAtMs !== null && expiresAtMs <= Date.now() ? 'The certificate has expired.' : null;
  }

  #certificateExpiresAtMs(): number | null {
    const source = this.#certificates.https ?? this.#certificates.webTransport;
    return source?.ready ? certificateExpiryMs(source.current()) : null;
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
    const addressToken = this.#addressTokens.issue(client);
    const path = `/?${ADDRESS_TOKEN_PARAM}=${addressToken}`;
    return {
      version: this.#parts.version,
      endpointId: this.#endpoint.id,
      ticketBase,
      webTransport: this.#webTransport && certificate ? { port: this.#webTransport.port, path } : null,
      certificateSha256:
        certificate && this.#certificates.webTransport?.selfSigned ? certificate.sha256 : null,
      limit: this.#sessions.limitFor(client),
    };
  }
}
