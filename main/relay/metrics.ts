import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Origin } from '../origin/origin.ts';
import type { RefusalReason } from './access/limits.ts';
import type { Bytes, TrafficMeter } from './monitoring/traffic-meter.ts';
import type { RelayPulls } from './pulls/pulls.ts';
import type { RelaySessions, SessionKind } from './sessions/sessions.ts';

/** Values that are sampled each time the metrics are read. */
interface RelaySample {
  /** Number of open sessions, by transport. */
  sessions: Readonly<Record<SessionKind, number>>;
  broadcasts: number;
  /** Number of sessions that read a video or audio track, added up over all broadcasts. */
  viewers: number;
  /** Number of pulled tickets, by state. */
  pulls: Readonly<Record<string, number>>;
  /** Number of publishers that are connected or being dialed. */
  upstreams: number;
  /** Bytes transferred since the relay started, by type of remote peer. */
  bytes: Readonly<Record<RemoteKind, Bytes>>;
  /** When the certificate expires, in milliseconds since 1970; null if the relay has none. */
  certificateExpiresAtMs: number | null;
}

/**
 * The remote side of a connection. `client`: it opened a session with the relay; `upstream`: the relay dialed it to
 * pull a ticket; `cluster`: the relay of `--cluster`.
 */
type RemoteKind = 'client' | 'upstream' | 'cluster';

/** The parts of a relay that the metrics sample. */
interface SampledParts {
  origin: Origin;
  pulls: RelayPulls;
  sessions: RelaySessions;
  upstreamTraffic: TrafficMeter;
  clusterTraffic: TrafficMeter;
  certificateExpiresAtMs: () => number | null;
}

/** Samples a relay. Never rejects. */
export async function sampleRelay(parts: SampledParts): Promise<RelaySample> {
  const { origin, pulls, sessions, upstreamTraffic, clusterTraffic, certificateExpiresAtMs } = parts;
  const pullsByState: Record<string, number> = {};
  for (const { state } of pulls.states) pullsByState[state] = (pullsByState[state] ?? 0) + 1;
  const [upstream, cluster] = await Promise.all([upstreamTraffic.totals(), clusterTraffic.totals()]);
  const broadcasts = origin.list();
  return {
    sessions: sessions.counts,
    broadcasts: broadcasts.length,
    viewers: broadcasts.reduce((sum, { readers }) => sum + readers.get(), 0),
    pulls: pullsByState,
    upstreams: pulls.upstreams,
    bytes: { client: sessions.bytes, upstream, cluster },
    certificateExpiresAtMs: certificateExpiresAtMs(),
  };
}

/**
 * Metrics of prom-client whose names break the rules of Prometheus. They are gauges, but their names end in `_total`, which
 * is reserved for counters.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The relay's Prometheus metrics. Their names and labels are part of the public interface. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #sessionsOpened: Counter<'transport'>;
  readonly #refusals: Counter<'reason'>;
  readonly #renewals: Counter<'result'>;
  /** The sample that provides the values of all metrics during one reading. */
  #sample: RelaySample | undefined;
  readonly #read: () => Promise<RelaySample>;

  constructor(read: () => Promise<RelaySample>) {
    this.#read = read;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
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
    this.#renewals = new Counter({
      name: 'iroh_live_relay_certificate_renewals_total',
      help: 'Attempts to obtain or read a new certificate',
      labelNames: ['result'],
      registers,
    });
    // Each counter starts at 0, because a counter without a value is missing from the output, and a missing
    // series triggers no alert.
    for (const result of ['success', 'failure']) this.#renewals.inc({ result }, 0);
    const sample = () => this.#sample;
    const gauge = (name: string, help: string, select: (sample: RelaySample) => number | null) =>
      new Gauge({
        name: `iroh_live_relay_${name}`,
        help,
        registers,
        collect() {
          const now = sample();
          const value = now && select(now);
          if (value === undefined || value === null) this.remove();
          else this.set(value);
        },
      });
    const labelledGauge = (
      name: string,
      help: string,
      label: string,
      select: (sample: RelaySample) => Readonly<Record<string, number>>,
    ) =>
      new Gauge({
        name: `iroh_live_relay_${name}`,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          const now = sample();
          if (!now) return;
          for (const [value, count] of Object.entries(select(now))) this.set({ [label]: value }, count);
        },
      });
    labelledGauge('sessions', 'MoQ sessions open', 'transport', ({ sessions }) => sessions);
    labelledGauge('pulls', 'Tickets pulled, by state', 'state', ({ pulls }) => pulls);
    gauge('upstreams', 'Publishers connected or dialled', ({ upstreams }) => upstreams);
    gauge('broadcasts', 'Broadcasts on the Origin', ({ broadcasts }) => broadcasts);
    gauge(
      'viewers',
      'Sessions that read video or audio, added up over all broadcasts',
      ({ viewers }) => viewers,
    );
    gauge(
      'certificate_expiry_timestamp_seconds',
      'When the certificate of the pages expires, in seconds since 1970; missing without a certificate',
      ({ certificateExpiresAtMs }) =>
        certificateExpiresAtMs === null ? null : Math.floor(certificateExpiresAtMs / 1000),
    );
    new Counter({
      name: 'iroh_live_relay_bytes_total',
      help: 'Bytes of MoQ sessions, by direction and by the kind of remote side',
      labelNames: ['direction', 'remote'],
      registers,
      collect() {
        this.reset();
        for (const [remote, { sent, received }] of Object.entries(sample()?.bytes ?? {})) {
          this.inc({ direction: 'sent', remote }, sent);
          this.inc({ direction: 'received', remote }, received);
        }
      },
    });
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

  /** Counts an attempt to renew the certificate. */
  countRenewal(result: 'success' | 'failure'): void {
    this.#renewals.inc({ result });
  }

  /** Returns all metrics in the Prometheus text format. */
  async text(): Promise<string> {
    this.#sample = await this.#read();
    return this.#registry.metrics();
  }

  /** Stops sampling the process metrics. */
  close(): void {
    this.#registry.clear();
  }
}
