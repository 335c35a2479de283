import { type Readable, Store } from '../../../common/base/store.ts';
import type { ConnectionState } from '../../../common/bridge/bridge.ts';

/** A sample of a connection's statistics. */
export interface ConnectionSample {
  atMs: number;
  rttMs: number;
  lossPercent: number;
  upMbps: number;
  downMbps: number;
}

/** The time span of the charts, in milliseconds. */
export const HISTORY_MS = 60_000;
/**
 * Sampling interval in milliseconds. Each of main's statistics covers one second, so faster sampling would
 * add nothing.
 */
const SAMPLE_MS = 1_000;

/** A key that is unique among the app's connections. */
export function connectionKey({
  peer,
  use,
  subject,
}: Pick<ConnectionState, 'peer' | 'use' | 'subject'>): string {
  return `${use} ${peer} ${subject}`;
}

/** Adds the current statistics. Drops closed connections, and samples older than `HISTORY_MS`. Pure. */
export function withSamples(
  before: ReadonlyMap<string, readonly ConnectionSample[]>,
  links: readonly ConnectionState[],
  atMs: number,
): Map<string, readonly ConnectionSample[]> {
  const next = new Map<string, readonly ConnectionSample[]>();
  for (const link of links) {
    const kept = (before.get(connectionKey(link)) ?? []).filter((sample) => atMs - sample.atMs < HISTORY_MS);
    const { stats } = link;
    const sample = stats && {
      atMs,
      rttMs: stats.rttMs,
      lossPercent: stats.lossPercent,
      upMbps: stats.upMbps,
      downMbps: stats.downMbps,
    };
    next.set(connectionKey(link), sample ? [...kept, sample] : kept);
  }
  return next;
}

/** Records the last minute of every connection's statistics for the charts. */
export class ConnectionHistory {
  readonly #samples = new Store<ReadonlyMap<string, readonly ConnectionSample[]>>(new Map());
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(links: () => readonly ConnectionState[]) {
    this.#timer = setInterval(() => {
      const now = links();
      if (now.length > 0 || this.#samples.get().size > 0) {
        this.#samples.update((before) => withSamples(before, now, Date.now()));
      }
    }, SAMPLE_MS);
  }

  get samples(): Readable<ReadonlyMap<string, readonly ConnectionSample[]>> {
    return this.#samples;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
