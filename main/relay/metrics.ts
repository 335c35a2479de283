import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Refusal } from './limits.ts';

export type SessionKind = 'iroh' | 'webtransport' | 'websocket';

/** What is counted when somebody asks. */
export interface Observed {
  sessions: Readonly<Record<SessionKind, number>>;
  broadcasts: number;
  pulls: Readonly<Record<string, number>>;
  upstreams: number;
  /** Bytes of all sessions since the start. */
  sentBytes: number;
  receivedBytes: number;
}

/** The figures of the relay in Prometheus' text form. Names and labels are a contract. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #opened: Counter<'transport'>;
  readonly #refused: Counter<'reason'>;

  constructor(observe: () => Observed) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#opened = new Counter({
      name: 'iroh_live_relay_sessions_opened_total',
      help: 'MoQ sessions opened',
      labelNames: ['transport'],
      registers,
    });
    this.#refused = new Counter({
      name: 'iroh_live_relay_refused_total',
      help: 'Requests, sessions, pulls and announcements refused',
      labelNames: ['reason'],
      registers,
    });
    const gauge = (name: string, help: string, collect: (observed: Observed) => number) =>
      new Gauge({
        name: `iroh_live_relay_${name}`,
        help,
        registers,
        collect() {
          this.set(collect(observe()));
        },
      });
    const byLabel = (
      name: string,
      help: string,
      label: string,
      collect: (observed: Observed) => Readonly<Record<string, number>>,
    ) =>
      new Gauge({
        name: `iroh_live_relay_${name}`,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          for (const [value, count] of Object.entries(collect(observe())))
            this.set({ [label]: value }, count);
        },
      });
    byLabel('sessions', 'MoQ sessions open', 'transport', ({ sessions }) => sessions);
    byLabel('pulls', 'Tickets pulled, by state', 'state', ({ pulls }) => pulls);
    gauge('upstreams', 'Publishers connected or called', ({ upstreams }) => upstreams);
    gauge('broadcasts', 'Broadcasts on the Origin', ({ broadcasts }) => broadcasts);
    byLabel('bytes_total', 'Bytes of all sessions', 'direction', ({ sentBytes, receivedBytes }) => ({
      sent: sentBytes,
      received: receivedBytes,
    }));
  }

  opened(transport: SessionKind): void {
    this.#opened.inc({ transport });
  }

  refused(reason: Refusal): void {
    this.#refused.inc({ reason });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Ends what samples in the background. */
  close(): void {
    this.#registry.clear();
  }
}
