import { type Readable, Store } from '../../../common/base/store.ts';
import type { ConnectionState } from '../../../common/bridge/bridge.ts';

/** One look at a link. */
export interface ConnectionSample {
  atMs: number;
  rttMs: number;
  lossPercent: number;
  upMbps: number;
  downMbps: number;
}

/** What the plots show, in milliseconds. */
export const HISTORY_MS = 60_000;
/** Statistics are over a second, so looking more often shows nothing more. */
const LOOK_MS = 1_000;

/** What tells a link from the others. */
export function connectionKey({
  peer,
  use,
  subject,
}: Pick<ConnectionState, 'peer' | 'use' | 'subject'>): string {
  return `${use} ${peer} ${subject}`;
}

/** Adds what is seen now, and forgets what is older than a minute and links that are gone. Pure. */
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

/** The last minute of every link, for the plots. */
export class ConnectionHistory {
  readonly #samples = new Store<ReadonlyMap<string, readonly ConnectionSample[]>>(new Map());
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(links: () => readonly ConnectionState[]) {
    this.#timer = setInterval(() => {
      const now = links();
      if (now.length > 0 || this.#samples.get().size > 0) {
        this.#samples.update((before) => withSamples(before, now, Date.now()));
      }
    }, LOOK_MS);
  }

  get samples(): Readable<ReadonlyMap<string, readonly ConnectionSample[]>> {
    return this.#samples;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
