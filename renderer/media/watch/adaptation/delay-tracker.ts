/**
 * How much later frames come than the quickest of the last seconds. The two ends' clocks need not agree: only changes
 * count, and the quickest is forgotten after a while, so that clocks which drift apart do no harm.
 */

/** The quickest of this many seconds is the link's own delay: long enough to meet an empty queue, short for drift. */
const BASE_SECONDS = 10;
/**
 * What stands in a queue is the least delay of this time, in milliseconds: one key frame, or one packet sent again,
 * makes some frames late, and all of them only where a queue stands.
 */
const STANDING_MS = 400;
/** A track that brought nothing for this long tells nothing of the link, in milliseconds. */
const LIFE_MS = 2_000;
/** A growing queue: each of the last frames comes later than the one before it, by this much in all, in milliseconds. */
const GROWTH_MS = 60;
const GROWTH_STEPS = 3;
const MOST_STEPS = 12;
/** Frames that tell how far apart they are. */
const STEPS_FOR_INTERVAL = 5;
/** Frames do not come to the millisecond. */
const JITTER_MS = 3;
/** A single late frame is no growth: no step may make more than this share of it. */
const LARGEST_STEP_SHARE = 0.7;
/**
 * Timestamps that went elsewhere: another source, or a publisher that began anew. No queue is that long, in
 * milliseconds, and none goes by that fast.
 */
const JUMP_MS = 5_000;
/** Samples kept of a track: more than come in `STANDING_MS`. */
const MAX_SAMPLES = 64;

interface Frame {
  readonly track: string;
  readonly kind: 'video' | 'audio';
  readonly atMs: number;
  readonly mediaMs: number;
}

interface Sample {
  readonly atMs: number;
  readonly delayMs: number;
}

interface Track {
  readonly kind: Frame['kind'];
  readonly samples: Sample[];
}

export class DelayTracker {
  readonly #tracks = new Map<string, Track>();
  readonly #bases: Record<Frame['kind'], Base> = { video: new Base(), audio: new Base() };

  /** `jumped` when the timestamps have nothing to do with those before. */
  add({ track: name, kind, atMs, mediaMs }: Frame): 'ok' | 'jumped' {
    const delayMs = atMs - mediaMs;
    const known = this.#tracks.get(name);
    const last = known?.samples.at(-1);
    // A silence of the link makes a frame as late as it was long; anything beyond that is another clock.
    const silentMs = last ? atMs - last.atMs : 0;
    const jumped = last !== undefined && Math.abs(delayMs - last.delayMs) > JUMP_MS + Math.max(0, silentMs);
    if (jumped) this.#forget(kind);
    const track = jumped || !known ? { kind, samples: [] } : known;
    this.#dropOld(atMs);
    this.#tracks.set(name, track);
    track.samples.push({ atMs, delayMs });
    if (track.samples.length > MAX_SAMPLES) track.samples.shift();
    this.#bases[kind].add(atMs, delayMs);
    return jumped ? 'jumped' : 'ok';
  }

  /** The newest frame's delay on the clocks' own scale; null before there is one. */
  latestMs(track: string): number | null {
    return this.#tracks.get(track)?.samples.at(-1)?.delayMs ?? null;
  }

  /** What stands in the queue of a track (null: of the one that came last), in milliseconds; null when unknown. */
  standingMs(name: string | null, nowMs: number): number | null {
    const track = this.#of(name, nowMs);
    const baseMs = track && this.#bases[track.kind].at(nowMs);
    const last = track?.samples.at(-1);
    if (!track || !last || baseMs === undefined) return null;
    const recent = track.samples.filter(({ atMs }) => atMs > nowMs - STANDING_MS);
    return Math.max(
      0,
      Math.min(...(recent.length > 0 ? recent : [last]).map(({ delayMs }) => delayMs)) - baseMs,
    );
  }

  /** For how long the next frame of a track (null: of the one that came last) is due, in milliseconds. */
  overdueMs(name: string | null, nowMs: number): number {
    const samples = this.#of(name, nowMs)?.samples.slice(-STEPS_FOR_INTERVAL) ?? [];
    const [first] = samples;
    const last = samples.at(-1);
    if (!first || !last || samples.length < STEPS_FOR_INTERVAL) return 0;
    const intervalMs = (last.atMs - last.delayMs - (first.atMs - first.delayMs)) / (samples.length - 1);
    return Math.max(0, nowMs - last.atMs - intervalMs);
  }

  /** When the newest frame of a track (null: of the one that came last) arrived; null when there is none. */
  lastMs(name: string | null, nowMs: number): number | null {
    return this.#of(name, nowMs)?.samples.at(-1)?.atMs ?? null;
  }

  /** Whether the newest frames of a track (null: of the one that came last) come later and later. */
  growing(name: string | null, nowMs: number): boolean {
    const samples = this.#of(name, nowMs)?.samples ?? [];
    let steps = 0;
    let largestMs = 0;
    let riseMs = 0;
    for (let i = samples.length - 1; i > 0 && steps < MOST_STEPS; i -= 1) {
      const stepMs = (samples[i]?.delayMs ?? 0) - (samples[i - 1]?.delayMs ?? 0);
      if (stepMs < -JITTER_MS) break;
      steps += 1;
      riseMs += stepMs;
      largestMs = Math.max(largestMs, stepMs);
      if (steps >= GROWTH_STEPS && riseMs >= GROWTH_MS && largestMs <= riseMs * LARGEST_STEP_SHARE)
        return true;
    }
    return false;
  }

  clear(): void {
    this.#tracks.clear();
    this.#bases.video.clear();
    this.#bases.audio.clear();
  }

  #of(name: string | null, nowMs: number): Track | undefined {
    const alive = (track: Track) => (track.samples.at(-1)?.atMs ?? 0) > nowMs - LIFE_MS;
    if (name !== null) {
      const track = this.#tracks.get(name);
      return track && alive(track) ? track : undefined;
    }
    return [...this.#tracks.values()]
      .filter(alive)
      .reduce<Track | undefined>((a, b) => (!a || lastMs(b) >= lastMs(a) ? b : a), undefined);
  }

  #forget(kind: Frame['kind']): void {
    this.#bases[kind].clear();
    for (const [name, track] of this.#tracks) if (track.kind === kind) this.#tracks.delete(name);
  }

  #dropOld(nowMs: number): void {
    for (const [name, track] of this.#tracks) {
      if (lastMs(track) < nowMs - BASE_SECONDS * 1_000) this.#tracks.delete(name);
    }
  }
}

function lastMs(track: Track): number {
  return track.samples.at(-1)?.atMs ?? 0;
}

/** The least delay of each of the last seconds. */
class Base {
  #seconds: { second: number; leastMs: number }[] = [];

  add(atMs: number, delayMs: number): void {
    const second = Math.floor(atMs / 1_000);
    const last = this.#seconds.at(-1);
    if (last?.second === second) last.leastMs = Math.min(last.leastMs, delayMs);
    else this.#seconds = [...this.#seconds.slice(-BASE_SECONDS), { second, leastMs: delayMs }];
  }

  at(nowMs: number): number | undefined {
    const oldest = Math.floor(nowMs / 1_000) - BASE_SECONDS;
    const recent = this.#seconds.filter(({ second }) => second >= oldest);
    return recent.length > 0 ? Math.min(...recent.map(({ leastMs }) => leastMs)) : undefined;
  }

  clear(): void {
    this.#seconds = [];
  }
}
