import { mkdir } from 'node:fs/promises';
import { messageOf } from '../../common/errors.ts';
import { type PullReport, RELAY_METRICS } from '../../common/relay-api.ts';
import { Scope } from '../../common/scope.ts';
import { formatTicket, type Ticket } from '../../common/ticket.ts';
import { ADMISSION_LIMITS } from '../endpoint/admission.ts';
import { failureOf, LiveEndpoint } from '../endpoint/endpoint.ts';
import { loadIdentity } from '../endpoint/identity.ts';
import { openAtLastPort } from '../live/last-port.ts';
import { log } from '../log.ts';
import { Origin } from '../origin/origin.ts';
import { AddonError, loadWebTransport, type WebTransportAddon } from '../transport/web-transport-addon.ts';
import { AddressError, allowedAddress } from './addresses.ts';
import { type Access, Authorizer, grantsOf, loadKey } from './auth.ts';
import { certificatesFor } from './certificate-choice.ts';
import type { CertificateSource } from './certificates.ts';
import { Cluster } from './cluster.ts';
import { ClusterAuth } from './cluster-auth.ts';
import { Doors } from './doors.ts';
import type { RelayEvent } from './events.ts';
import { clientOf, HttpServer } from './http.ts';
import { Gate, type Refusal } from './limits.ts';
import { Metrics } from './metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import type { RelayOptions } from './options.ts';
import { RelayPulls } from './pulls.ts';
import { localPath, Sessions } from './sessions.ts';
import { Site } from './site.ts';
import { WebTransportServer } from './web-transport-server.ts';

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
  readonly #site: Site;
  #http: HttpServer | undefined;
  #cluster: Cluster | undefined;
  #webTransportPort: number | null = null;
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
    const onRefused = (reason: Refusal) => this.#metrics.refused(reason);
    this.#scope.own(() => opened.endpoint.close());
    this.#scope.own(() => opened.certificates?.close());
    this.#metrics = new Metrics(() => this.#observe());
    this.#scope.own(() => this.#metrics.close());
    this.#pulls = new RelayPulls({
      origin: this.#origin,
      localId: this.#endpoint.id,
      dial: async (address, signal) => {
        const rules = { allowPrivate: options.allowPrivateAddresses, ownRelayUrl: options.irohRelay };
        return this.#endpoint.connect(await allowedAddress(address, rules), { signal });
      },
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
      want: (client, ticket, ended) => this.#pulls.want(client, ticket, ended),
      onOpened: (kind) => this.#metrics.opened(kind),
      onRefused,
    });
    this.#scope.own(() => this.#sessions.close());
    this.#doors = new Doors({
      auth: this.#auth,
      sessions: this.#sessions,
      maxStreams: limits.streams,
      trustProxy: options.trustProxy,
      onRefused,
    });
    const lasting = new Gate(limits.sessions, limits.sessionsPerClient);
    this.#site = new Site({
      root: parts.webRoot,
      auth: this.#auth,
      info: () => this.#info(),
      report: (ticket, access) => this.#report(ticket, access),
      onPullChange: (listener) => this.#pulls.onChange(listener),
      metrics: async () => ({ type: this.#metrics.contentType, text: await this.#metrics.text() }),
      enter: (request) => {
        const release = lasting.enter(clientOf(request, options.trustProxy));
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
    if (this.#webTransportPort === null) return null;
    const url = new URL(this.http);
    return `https://${url.hostname}:${this.#webTransportPort}/`;
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
      option: '--http-bind',
      certificates: tls,
      answer: (request, response) =>
        this.#cluster && ClusterAuth.isFor(request)
          ? this.#cluster.auth.answer(request, response)
          : this.#site.answer(request, response),
      upgrade: (request, connection, head) => this.#doors.upgrade(request, connection, head),
    });
    const http = this.#http;
    this.#scope.own(async () => {
      this.#site.close();
      await this.#doors.close();
      await http.close();
    });
    await this.#listenWebTransport(http.port);
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
      want: (client, ticket, ended) => this.#pulls.want(client, ticket, ended),
      dialPeer: (address, signal) => this.#endpoint.connect(address, { signal }),
    });
    const joined = this.#cluster;
    this.#scope.own(() => joined.close());
  }

  async #listenWebTransport(httpPort: number): Promise<void> {
    if (!this.#certificates) {
      log.info('no certificate: HTTP and WebSocket alone are served (see --tls-cert and --dev)');
      return;
    }
    let addon: WebTransportAddon;
    try {
      addon = (this.#parts.loadAddon ?? loadWebTransport)();
    } catch (error) {
      if (!(error instanceof AddonError)) throw error;
      log.warn(`WebTransport is not served, WebSocket is: ${error.message}`);
      return;
    }
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(this.#options.bind) ?? [];
    const quicPort = Number(port) || httpPort;
    const server = WebTransportServer.open({
      addon,
      bind: `${host}:${quicPort}`,
      certificates: this.#certificates,
      judge: (url) => this.#doors.judge(url),
    });
    this.#scope.own(() => server.close());
    this.#webTransportPort = quicPort;
  }

  async #listenMetrics(bind: string): Promise<void> {
    const { sessionsPerClient } = this.#options.limits;
    const server = await serveMetrics(this.#metrics, bind, sessionsPerClient);
    this.#metricsUrl = new URL(RELAY_METRICS, server.url).href;
    log.info(`metrics are at ${this.#metricsUrl}`);
    this.#scope.own(() => server.close());
  }

  #info() {
    const ticket = this.#endpoint.ticketFor('x');
    const port = this.#webTransportPort;
    const selfSigned = port !== null && this.#certificates?.selfSigned;
    return {
      version: this.#parts.version,
      endpointId: this.#endpoint.id,
      ticketBase: ticket.slice(0, -1),
      webTransport: port === null ? null : { port, path: '/' },
      certificateSha256: selfSigned ? (this.#certificates?.current().sha256 ?? null) : null,
    };
  }

  #report(ticket: Ticket, access: Access): PullReport | undefined {
    if (ticket.endpointId !== this.#endpoint.id) {
      return access.pull ? this.#pulls.report(formatTicket(ticket)) : undefined;
    }
    const path = localPath(ticket.broadcastName, grantsOf(access));
    if (path === undefined) return undefined;
    const publication = this.#origin.get(path);
    return {
      state: publication ? 'live' : 'waiting',
      failure: null,
      message: publication ? '' : 'Nothing is published under this name yet.',
      readers: publication?.readers.get() ?? 0,
      upstream: null,
    };
  }

  #observe() {
    const pulls: Record<string, number> = {};
    for (const { state } of this.#pulls.states) pulls[state] = (pulls[state] ?? 0) + 1;
    const { sent, received } = this.#sessions.bytes;
    return {
      sessions: this.#sessions.counts,
      broadcasts: this.#origin.list().length,
      pulls,
      upstreams: this.#pulls.upstreams,
      sentBytes: sent,
      receivedBytes: received,
    };
  }
}
