import type { LinkFacts } from '../../../../common/bridge/renditions.ts';
import { Blame, type Elsewhere } from './bottleneck-detector.ts';
import { BurstRate } from './burst-rate.ts';
import { DelayTracker } from './delay-tracker.ts';

/**
 * What the way from the publisher to here carries. Three things are true and none of them alone is enough:
 *
 * - *Goodput while a queue grows* is the capacity: the link brings all it can. While no queue grows it only says that
 *   the link carries at least that.
 * - *Queueing delay*: how much later frames come than the quickest of the last seconds. A deep buffer shows as this
 *   long before anything is lost.
 * - *The sender's estimate* (PROBE) is its congestion window over the round trip. The window of a sender that never
 *   filled it is no measurement: too high when the link got worse unseen, too low when it never had to grow. So it
 *   speaks for trying more, and is never a reason to go down.
 *
 * A fourth comes free: how fast one large frame arrives (`BurstRate`), which tells of a link that got better while a
 * small rendition does not fill it.
 */
export interface DownlinkEstimate {
  /** What the link carries, in bits per second; null while nothing is known. */
  readonly bps: number | null;
  /** How fast single large frames came of late, in bits per second; null when there were none. See `BurstRate`. */
  readonly burstBps: number | null;
  /** How late what plays comes, above the link's own delay: the queue that stands, in milliseconds. */
  readonly queueMs: number;
  /** For how long the next frame is due, in milliseconds: a source that pauses looks like a link that stands still. */
  readonly overdueMs: number;
  /** The queue grows: what is asked for does not fit. */
  readonly growing: boolean;
  /** What is late was held up by a busy machine, this one or the publisher's: `queueMs` is then without it. */
  readonly elsewhere: Elsewhere;
  /** The link has no queue and could carry much more than comes: what is late is late for another reason. */
  readonly linkFine: boolean;
  /** The last round trip, in milliseconds; null where the link does not tell. */
  readonly rttMs: number | null;
  /** What the link brought over the last looks, in bits per second, all its packets included; null where it does not tell. */
  readonly deliveredBps: number | null;
  /** Where `bps` comes from: `busy` is the capacity, the others say what it can be at least (or may be: `sender`). */
  readonly why: 'busy' | 'burst' | 'goodput' | 'sender' | 'unknown';
  /** Another number: all before was of another path or connection. */
  readonly generation: number;
}

/** A frame that has arrived whole. */
export interface Arrival {
  /** The track's name. */
  readonly track: string;
  /** All renditions of a picture share a clock and a way; sound has others. */
  readonly kind: 'video' | 'audio';
  /** When it arrived, on the window's steady clock. */
  readonly atMs: number;
  /** Its timestamp. */
  readonly mediaMs: number;
  readonly bytes: number;
}

/** From this queue on the link is taken to be busy, in milliseconds: more than the jitter of an idle one. */
const BUSY_QUEUE_MS = 60;
/** Arrivals that make a rate, in milliseconds: some frames at 30 a second, and two of sound's packets at least. */
const RATE_MS = 400;
const LEAST_RATE_MS = 150;
const LEAST_RATE_FRAMES = 3;
/** Facts of the link that are averaged: three looks of 200 ms, so that what was held up for a moment evens out. */
const FACTS = 3;
/** Of them, those that say what the link brings now: two. */
const FACTS_NOW = 2;
/** Facts that are older than this are of the past, in milliseconds: five looks. */
const FACTS_LIFE_MS = 1_000;
/** How long a measured capacity is believed after the queue is gone, in milliseconds. */
const BUSY_LIFE_MS = 4_000;
/**
 * A frame that is due for this long, in milliseconds, while the link brings something, is stuck in a queue: frames of a
 * large rendition come whole so rarely on a link that became slow that their delays tell it late.
 */
const STUCK_MS = 150;
/** What a link must bring then, in bits per second: more than sound and the chatter of an idle connection. */
const STUCK_BPS = 200_000;
/** The weight of the newest measurement while busy: two of them make most of it. */
const BUSY_WEIGHT = 0.5;

/** Fed with what is seen; tells what it means. Holds no timers. */
export class DownlinkEstimator {
  readonly #delays = new DelayTracker();
  readonly #bursts = new BurstRate();
  readonly #blame = new Blame();
  #arrivals: Arrival[] = [];
  #facts: { facts: LinkFacts; atMs: number }[] = [];
  #busy: { bps: number; atMs: number } | undefined;
  /** Of the last path that was known: between two paths there is a moment without one. */
  #kind: LinkFacts['kind'] = null;
  #generation = 0;

  /** `nowMs` is when they came, on the clock of the arrivals; the facts' own clock may be another. */
  facts(facts: LinkFacts, nowMs: number): void {
    const before = this.#facts.at(-1)?.facts;
    // Between direct and relayed nothing stays the same, nor on a connection that was made anew.
    const otherPath = this.#kind !== null && facts.kind !== null && this.#kind !== facts.kind;
    if (otherPath || (before && before.connection !== facts.connection)) this.#reset();
    this.#kind = facts.kind ?? this.#kind;
    this.#facts = [...this.#facts.slice(1 - FACTS), { facts, atMs: nowMs }];
    this.#blame.facts(facts, nowMs);
  }

  /** A timer of the window came this much too late, in milliseconds: so does all that arrives. */
  lagged(lagMs: number, nowMs: number): void {
    this.#blame.lagged(lagMs, nowMs);
  }

  arrived(arrival: Arrival): void {
    const { atMs } = arrival;
    this.#arrivals = this.#arrivals.filter((other) => other.atMs > atMs - RATE_MS && other.atMs <= atMs);
    this.#arrivals.push(arrival);
    if (this.#delays.add(arrival) === 'jumped') this.#bursts.clear();
    if (arrival.kind === 'video') this.#bursts.add(arrival, this.#delays.latestMs(arrival.track));
  }

  /** Everything known is of another connection or path. */
  #reset(): void {
    this.#delays.clear();
    this.#bursts.clear();
    this.#blame.clear();
    this.#arrivals = [];
    this.#facts = [];
    this.#busy = undefined;
    this.#kind = null;
    this.#generation += 1;
  }

  /** How late a track comes, above what the quickest of its kind did, in milliseconds; null before it has frames. */
  latenessMs(track: string, nowMs: number): number | null {
    return this.#delays.standingMs(track, nowMs);
  }

  /** `track` is the one that plays: its queue counts. Null: whatever arrives. */
  estimate(nowMs: number, track: string | null): DownlinkEstimate {
    const overdueMs = this.#delays.overdueMs(track, nowMs);
    const busy = this.#blame.isBusy(nowMs);
    const fine = this.#blame.isLinkFine(nowMs);
    const stuckBps = overdueMs >= STUCK_MS && !busy ? this.#stuck(track, nowMs, fine) : null;
    const lateMs = this.#delays.standingMs(track, nowMs) ?? 0;
    const standingMs = fine ? 0 : Math.max(0, lateMs - this.#blame.standingLagMs(nowMs));
    const queueMs = stuckBps === null ? standingMs : Math.max(standingMs, overdueMs);
    const rising = this.#delays.growing(track, nowMs);
    const growing = stuckBps !== null || (rising && !busy && !fine);
    const held = (rising && !growing) || lateMs - queueMs >= BUSY_QUEUE_MS;
    const goodputBps = this.#goodput(nowMs);
    const measuredBps = stuckBps ?? goodputBps;
    if ((growing || queueMs >= BUSY_QUEUE_MS) && measuredBps !== null)
      this.#measure(measuredBps, nowMs, growing);
    return {
      queueMs: Math.round(queueMs),
      overdueMs: Math.round(overdueMs),
      growing,
      linkFine: fine,
      rttMs: this.#facts.at(-1)?.facts.rttMs ?? null,
      deliveredBps: this.#delivered(nowMs, FACTS),
      elsewhere: held ? (busy ? 'here' : 'there') : null,
      generation: this.#generation,
      burstBps: this.#bursts.bps(nowMs),
      ...this.#rate(goodputBps, nowMs),
    };
  }

  #measure(bps: number, atMs: number, growing: boolean): void {
    const before = this.#busy;
    const recent = before && atMs - before.atMs < BUSY_LIFE_MS;
    // A queue that stands without growing is of a link that brings what it is asked for: it carries that at least.
    const measured = growing ? bps : Math.max(bps, recent ? before.bps : 0);
    this.#busy = { bps: recent ? before.bps + (measured - before.bps) * BUSY_WEIGHT : measured, atMs };
    this.#bursts.clear();
  }

  #rate(goodputBps: number | null, nowMs: number): Pick<DownlinkEstimate, 'bps' | 'why'> {
    const busy = this.#busy;
    if (busy && nowMs - busy.atMs < BUSY_LIFE_MS && busy.bps >= (goodputBps ?? 0)) {
      return { bps: Math.round(busy.bps), why: 'busy' };
    }
    const candidates = [
      { bps: this.#bursts.bps(nowMs), why: 'burst' },
      { bps: goodputBps, why: 'goodput' },
      { bps: this.#senderBps(nowMs), why: 'sender' },
    ] as const;
    let best: Pick<DownlinkEstimate, 'bps' | 'why'> = { bps: null, why: 'unknown' };
    for (const { bps, why } of candidates) {
      if (bps !== null && bps > (best.bps ?? 0)) best = { bps: Math.round(bps), why };
    }
    return best;
  }

  #senderBps(nowMs: number): number | null {
    const last = this.#facts.at(-1);
    return last && nowMs - last.atMs < FACTS_LIFE_MS ? last.facts.senderEstimateBps : null;
  }

  /**
   * What the link brings while no frame becomes whole; null when that is next to nothing, or not known. Where the link
   * seems fine, only what came after the last frame counts: a publisher that makes no frame sends nothing, and what the
   * sender says of a link that became slow is stuck in it as well.
   */
  #stuck(track: string | null, nowMs: number, fine: boolean): number | null {
    const last = this.#facts.at(-1);
    const before = this.#facts.at(-2);
    if (!last || nowMs - last.atMs >= FACTS_LIFE_MS || last.facts.goodputBps < STUCK_BPS) return null;
    const sinceMs = last.atMs - (before ? last.facts.atMs - before.facts.atMs : 0);
    if (fine && sinceMs < (this.#delays.lastMs(track, nowMs) ?? nowMs)) return null;
    return last.facts.goodputBps;
  }

  #delivered(nowMs: number, looks: number): number | null {
    const facts = this.#facts.slice(-looks).filter(({ atMs }) => nowMs - atMs < FACTS_LIFE_MS);
    if (facts.length === 0) return null;
    return facts.reduce((sum, entry) => sum + entry.facts.goodputBps, 0) / facts.length;
  }

  /**
   * What came over the last moments: by arrivals, which are as of now, but not more than the link's own count, since
   * large frames become whole in lumps; else by that count.
   */
  #goodput(nowMs: number): number | null {
    const countedBps = this.#delivered(nowMs, FACTS_NOW);
    const recent = this.#arrivals.filter(({ atMs }) => atMs > nowMs - RATE_MS);
    const [first] = recent;
    const last = recent.at(-1);
    if (first && last && recent.length > LEAST_RATE_FRAMES && last.atMs - first.atMs >= LEAST_RATE_MS) {
      const bytes = recent.slice(1).reduce((sum, arrival) => sum + arrival.bytes, 0);
      return Math.min((bytes * 8_000) / (last.atMs - first.atMs), countedBps ?? Number.POSITIVE_INFINITY);
    }
    return countedBps;
  }
}
