import { mkdir } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { type PullReport, RELAY_METRICS } from '../../common/relay/relay-api.ts';
import { formatTicket, type Ticket } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import { QuietLog } from '../base/quiet-log.ts';
import { ADMISSION_LIMITS } from '../endpoint/admission.ts';
import { failureOf, LiveEndpoint } from '../endpoint/endpoint.ts';
import { loadIdentity } from '../endpoint/identity.ts';
import { openAtLastPort } from '../live/last-port.ts';
import { Origin } from '../origin/origin.ts';
import type { WebTransportAddon } from '../transport/web-transport-addon.ts';
import { type Access, Authorizer, loadKey } from './access/auth.ts';
import { ADDRESS_TOKEN_PARAM, AddressTokens, clientOfRequest } from './access/client-identity.ts';
import { ConcurrencyLimiter, type OnRefused } from './access/limits.ts';
import type { CertificateSource } from './certificates/certificates.ts';
import { certificatesFor } from './certificates/open-source.ts';
import { Cluster } from './cluster/cluster.ts';
import { ClusterAuth } from './cluster/cluster-auth.ts';
import { HttpServer } from './http/http-server.ts';
import { HttpRoutes } from './http/routes.ts';
import { localReport } from './local-report.ts';
import { Metrics } from './metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import { observe } from './observe.ts';
import { pullDial } from './pull-dial.ts';
import { AddressError } from './pulls/address-policy.ts';
import { RelayPulls } from './pulls/pulls.ts';
import type { RelayEvent } from './relay-events.ts';
import type { RelayOptions } from './relay-options.ts';
import { Doors } from './sessions/session-admission.ts';
import { Sessions } from './sessions/sessions.ts';
import type { WebTransportServer } from './sessions/web-transport-server.ts';
import { openWebTransport } from './web-transport-admission.ts';

export interface RelayParts {
  version: string;
  /** The folder of the pages. */
  webRoot: string;
  onEvent: (event: RelayEvent) => void;
  /** Ends the wait for a first certificate. */
  signal?: AbortSignal;
  /** For tests: how the WebTransport addon is had. */
  loadAddon?: () => WebTransportAddon;
}

/** The relay: an Origin, and every way to it. It owns all that it opens. */
export class Relay {
  readonly #scope = new Scope((error) => log.error(`shutting down: ${messageOf(error)}`));
  readonly #options: RelayOptions;
  readonly #parts: RelayParts;
  readonly #endpoint: LiveEndpoint;
  readonly #auth: Authorizer;
  readonly #certificates: CertificateSource | null;
  readonly #origin = new Origin();
  readonly #pulls: RelayPulls;
  readonly #sessions: Sessions;
  readonly #metrics: Metrics;
  readonly #doors: Doors;
  readonly #introductions = new AddressTokens();
  readonly #onRefused: OnRefused;
  readonly #site: HttpRoutes;
  #http: HttpServer | undefined;
  #cluster: Cluster | undefined;
  #webTransport: { port: number; server: WebTransportServer } | undefined;
  #metricsUrl: string | null = null;

  private constructor(
    options: RelayOptions,
    parts: RelayParts,
    opened: { endpoint: LiveEndpoint; auth: Authorizer; certificates: CertificateSource | null },
  ) {
    this.#options = options;
    this.#parts = parts;
    this.#endpoint = opened.endpoint;
    this.#auth = opened.auth;
    this.#certificates = opened.certificates;
    const { limits } = options;
    const refusals = new QuietLog({ tell: log.warn });
    this.#scope.own(() => refusals.close());
    const onRefused: OnRefused = (reason, client, words) => {
      this.#metrics.refused(reason);
      if (words !== undefined) refusals.add(`${client}: refused: ${words}`);
    };
    this.#onRefused = onRefused;
    this.#scope.own(() => opened.endpoint.close());
    this.#scope.own(() => opened.certificates?.close());
    this.#metrics = new Metrics(() => observe(this.#origin, this.#pulls, this.#sessions));
    this.#scope.own(() => this.#metrics.close());
    const rules = { allowPrivate: options.allowPrivateAddresses, ownRelayUrl: options.irohRelay };
    this.#pulls = new RelayPulls({
      origin: this.#origin,
      localId: this.#endpoint.id,
      dial: pullDial(this.#endpoint, rules, onRefused),
      failureOf: (error) => (error instanceof AddressError ? 'private' : failureOf(error)),
      releaseMs: options.releaseMs,
      limits,
      onEvent: parts.onEvent,
      onRefused,
    });
    this.#scope.own(() => this.#pulls.close());
    this.#sessions = new Sessions({
      origin: this.#origin,
      localId: this.#endpoint.id,
      limits,
      want: (client, ticket, ended) => this.#pulls.pull(client, ticket, ended),
      onOpened: (kind) => this.#metrics.opened(kind),
      warn: (line) => refusals.add(line),
      onRefused,
    });
    this.#scope.own(() => this.#sessions.close());
    this.#doors = new Doors({
      auth: this.#auth,
      sessions: this.#sessions,
      maxStreams: limits.streams,
      trustProxy: options.trustProxy,
      introductions: this.#introductions,
      onRefused,
    });
    const lasting = new ConcurrencyLimiter(limits.sessions, limits.sessionsPerClient);
    this.#site = new HttpRoutes({
      webRoot: parts.webRoot,
      auth: this.#auth,
      relayInfo: (request) => this.#info(request),
      quicPort: () => this.#webTransport?.port ?? null,
      pullReport: (ticket, access) => this.#report(ticket, access),
      onPullChange: (listener) => this.#pulls.onChange(listener),
      metrics: async () => ({ type: this.#metrics.contentType, text: await this.#metrics.text() }),
      acquireStream: (request) => {
        const release = lasting.acquire(clientOfRequest(request, options.trustProxy));
        return typeof release === 'string' ? undefined : release;
      },
    });
  }

  /**
   * Opens everything; resolves when all of it listens.
   *
   * @throws Error fit to show
   */
  static async open(options: RelayOptions, parts: RelayParts): Promise<Relay> {
    const key = options.authKeyFile === null ? null : await loadKey(options.authKeyFile);
    await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
    const secretKey = await loadIdentity(options.dataDir);
    const certificates = await certificatesFor(options, parts);
    const { publicRead, publicPublish, allowPull } = options;
    const auth = new Authorizer({ key, publicRead, publicPublish, allowPull });
    let endpoint: LiveEndpoint;
    try {
      endpoint = await openAtLastPort(options.dataDir, options.irohBind, (bind) =>
        LiveEndpoint.open({
          secretKey,
          relay: options.irohRelay,
          // What is looked up cannot be kept to public addresses: a pull goes by what its ticket says.
          lookup: options.allowPrivateAddresses,
          limits: { ...ADMISSION_LIMITS, total: options.limits.sessions },
          ...(bind ? { bind } : {}),
        }),
      );
    } catch (error) {
      certificates?.close();
      throw error;
    }
    const relay = new Relay(options, parts, { endpoint, auth, certificates });
    try {
      await relay.#joinCluster();
      await relay.#listen();
    } catch (error) {
      await relay.close();
      throw error;
    }
    return relay;
  }

  get endpointId(): string {
    return this.#endpoint.id;
  }

  get http(): string {
    if (!this.#http) return '';
    const url = new URL(this.#http.url);
    const [domain] = this.#options.acme?.domains ?? [];
    if (domain !== undefined) url.hostname = domain;
    return url.href;
  }

  /** Null when there is none. */
  get webTransport(): string | null {
    if (!this.#webTransport) return null;
    const url = new URL(this.http);
    return `https://${url.hostname}:${this.#webTransport.port}/`;
  }

  /** Where metrics are for anybody; null without an address for that. */
  get metrics(): string | null {
    return this.#metricsUrl;
  }

  /** The ticket of a broadcast of this relay's. */
  ticketFor(name: string): string {
    return this.#endpoint.ticketFor(name);
  }

  /** Sessions hear that the relay ends, then everything is closed. Idempotent. */
  async close(): Promise<void> {
    await this.#sessions.close();
    await this.#scope.close();
  }

  async #listen(): Promise<void> {
    const options = this.#options;
    const tls = this.#certificates?.selfSigned === false ? this.#certificates : null;
    const shared = { sessionsPerClient: options.limits.sessionsPerClient, trustProxy: options.trustProxy };
    this.#http = await HttpServer.open({
      ...shared,
      bind: options.httpBind,
      optionName: '--http-bind',
      tls: tls,
      handle: (request, response) =>
        this.#cluster && ClusterAuth.isFor(request)
          ? this.#cluster.auth.answer(request, response)
          : this.#site.handle(request, response),
      handleUpgrade: (request, connection, head) => this.#doors.upgrade(request, connection, head),
    });
    const http = this.#http;
    this.#scope.own(async () => {
      this.#site.close();
      await this.#doors.close();
      await http.close();
    });
    this.#listenWebTransport(http.port);
    if (options.metricsBind !== null) await this.#listenMetrics(options.metricsBind);
    this.#scope.own(
      this.#endpoint.onConnection((peer) => {
        void this.#doors.welcome(peer).catch((error: unknown) => log.debug(`iroh: ${messageOf(error)}`));
      }),
    );
  }

  async #joinCluster(): Promise<void> {
    const { cluster, dataDir } = this.#options;
    if (!cluster) return;
    this.#cluster = await Cluster.open(cluster, {
      dataDir,
      origin: this.#origin,
      auth: this.#auth,
      localId: this.#endpoint.id,
      onRefused: this.#onRefused,
      want: (client, ticket, ended) => this.#pulls.pull(client, ticket, ended),
      dialPeer: (address, signal) => this.#endpoint.connect(address, { signal }),
    });
    const joined = this.#cluster;
    this.#scope.own(() => joined.close());
  }

  #listenWebTransport(httpPort: number): void {
    const { bind } = this.#options;
    const { loadAddon } = this.#parts;
    const judge = (url: URL) => this.#doors.judge(url);
    const door = openWebTransport({ bind, httpPort, certificates: this.#certificates, loadAddon, judge });
    if (!door) return;
    this.#scope.own(() => door.server.close());
    this.#webTransport = door;
  }

  async #listenMetrics(bind: string): Promise<void> {
    const { sessionsPerClient } = this.#options.limits;
    const server = await serveMetrics(this.#metrics, bind, sessionsPerClient);
    this.#metricsUrl = new URL(RELAY_METRICS, server.url).href;
    log.info(`metrics are at ${this.#metricsUrl}`);
    this.#scope.own(() => server.close());
  }

  #info(request: IncomingMessage) {
    const ticket = this.#endpoint.ticketFor('x');
    // None while its certificate is replaced: pages take WebSocket at once then.
    const certificate = this.#webTransport?.server.certificate;
    const introduction = this.#introductions.issue(clientOfRequest(request, this.#options.trustProxy));
    const path = `/?${ADDRESS_TOKEN_PARAM}=${introduction}`;
    return {
      version: this.#parts.version,
      endpointId: this.#endpoint.id,
      ticketBase: ticket.slice(0, -1),
      webTransport: this.#webTransport && certificate ? { port: this.#webTransport.port, path } : null,
      certificateSha256: certificate && this.#certificates?.selfSigned ? certificate.sha256 : null,
    };
  }

  #report(ticket: Ticket, access: Access): PullReport | undefined {
    if (ticket.endpointId === this.#endpoint.id) return localReport(this.#origin, ticket, access);
    return access.pull ? this.#pulls.report(formatTicket(ticket)) : undefined;
  }
}
