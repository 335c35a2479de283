import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { RELAY_METRICS } from '../../common/relay/relay-api.ts';
import type { Origin } from '../origin/origin.ts';
import type { RefusalReason } from './access/limits.ts';
import { HttpServer } from './http/http-server.ts';
import { isLoopbackBind, localAccessFault } from './http/local-access.ts';
import { requestUrl } from './http/request.ts';
import type { RelayPulls } from './pulls/pulls.ts';
import type { RelaySessions, SessionKind } from './sessions/sessions.ts';

/** Values that are sampled each time the metrics are read. */
interface RelayGauges {
  /** Number of open sessions, by transport. */
  sessions: Readonly<Record<SessionKind, number>>;
  broadcasts: number;
  /** Number of pulled tickets, by state. */
  pulls: Readonly<Record<string, number>>;
  /** Number of publishers that are connected or being dialled. */
  upstreams: number;
  /** Bytes sent and received by all sessions since the relay started. */
  sentBytes: number;
  receivedBytes: number;
}

/** Samples a relay's gauges. */
export function readGauges(origin: Origin, pulls: RelayPulls, sessions: RelaySessions): RelayGauges {
  const pullsByState: Record<string, number> = {};
  for (const { state } of pulls.states) pullsByState[state] = (pullsByState[state] ?? 0) + 1;
  const { sent, received } = sessions.bytes;
  return {
    sessions: sessions.counts,
    broadcasts: origin.list().length,
    pulls: pullsByState,
    upstreams: pulls.upstreams,
    sentBytes: sent,
    receivedBytes: received,
  };
}

/** The relay's Prometheus metrics. Their names and labels are part of the public interface. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sessionsOpened: Counter<'transport'>;
  readonly #refusals: Counter<'reason'>;

  constructor(read: () => RelayGauges) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#sessionsOpened = new Counter({
      name: 'iroh_live_relay_sessions_opened_total',
      help: 'MoQ sessions opened',
      labelNames: ['transport'],
      registers,
    });
    this.#refusals = new Counter({
      name: 'iroh_live_relay_refused_total',
      help: 'Requests, sessions, pulls and announcements refused',
      labelNames: ['reason'],
      registers,
    });
    const gauge = (name: string, help: string, select: (gauges: RelayGauges) => number) =>
      new Gauge({
        name: `iroh_live_relay_${name}`,
        help,
        registers,
        collect() {
          this.set(select(read()));
        },
      });
    const labelledGauge = (
      name: string,
      help: string,
      label: string,
      select: (gauges: RelayGauges) => Readonly<Record<string, number>>,
    ) =>
      new Gauge({
        name: `iroh_live_relay_${name}`,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          for (const [value, count] of Object.entries(select(read()))) this.set({ [label]: value }, count);
        },
      });
    labelledGauge('sessions', 'MoQ sessions open', 'transport', ({ sessions }) => sessions);
    labelledGauge('pulls', 'Tickets pulled, by state', 'state', ({ pulls }) => pulls);
    gauge('upstreams', 'Publishers connected or dialled', ({ upstreams }) => upstreams);
    gauge('broadcasts', 'Broadcasts on the Origin', ({ broadcasts }) => broadcasts);
    labelledGauge('bytes_total', 'Bytes of all sessions', 'direction', ({ sentBytes, receivedBytes }) => ({
      sent: sentBytes,
      received: receivedBytes,
    }));
  }

  /** Counts a session that has opened. */
  countSession(transport: SessionKind): void {
    this.#sessionsOpened.inc({ transport });
  }

  /** Counts a refusal. */
  countRefusal(reason: RefusalReason): void {
    this.#refusals.inc({ reason });
  }

  /** The media type of `text()`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Returns all metrics in the Prometheus text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Stops sampling the process metrics. */
  close(): void {
    this.#registry.clear();
  }
}

/**
 * Serves the metrics on a separate address, without authentication.
 *
 * @throws Error that names the address if it cannot be bound
 */
export function serveMetrics(metrics: Metrics, bind: string, sessionsPerClient: number): Promise<HttpServer> {
  return HttpServer.open({
    bind,
    optionName: '--metrics-bind',
    tls: null,
    sessions: sessionsPerClient,
    sessionsPerClient,
    trustProxy: false,
    // A page on the internet must not be able to read the metrics through a browser on this machine.
    ...(isLoopbackBind(bind) ? { faultOf: ({ headers }) => localAccessFault(headers) } : {}),
    handle: async (request, response) => {
      if (requestUrl(request)?.pathname !== RELAY_METRICS) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-type': metrics.contentType });
      response.end(await metrics.text());
    },
  });
}
