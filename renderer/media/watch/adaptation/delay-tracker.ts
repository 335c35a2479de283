/**
 * Length of the time window in which the minimum delay is found, in seconds. It is long enough for the queue
 * to be empty at least once, and short enough to follow clock drift.
 */
const BASE_SECONDS = 10;
/**
 * Length of the time window, in milliseconds, whose minimum delay is the standing queue. A keyframe or a
 * retransmitted packet delays only some frames, but a standing queue delays all of them.
 */
const STANDING_MS = 400;
/** How long a track can be silent before its delays are no longer used, in milliseconds. */
const MAX_SILENCE_MS = 2_000;
/**
 * The queue is growing if the delay rises by at least this much over the newest frames, in milliseconds, and
 * rises with each of them apart from jitter.
 */
const GROWTH_MS = 60;
const MIN_GROWTH_STEPS = 3;
const MAX_GROWTH_STEPS = 12;
/** Number of frames needed to derive the frame interval. */
const FRAMES_FOR_INTERVAL = 5;
/** How much the delay varies without a queue, in milliseconds. */
const JITTER_MS = 3;
/**
 * Maximum share of the rise between two consecutive frames. A larger step is a single late frame, not a
 * growing queue.
 */
const LARGEST_STEP_SHARE = 0.7;
/**
 * If the delay changes by more than this, in milliseconds, the publisher has restarted or switched its
 * source. No queue grows or drains by that much.
 */
const JUMP_MS = 5_000;
/** Maximum number of samples stored for each track: more than arrive within `STANDING_MS`. */
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

/**
 * Measures how late frames arrive relative to the fastest frame of the last few seconds. Only relative delays
 * matter, so neither a clock offset between the machines nor clock drift affects the result.
 *
 * Methods that accept a track name also accept null, which selects the track whose frame arrived last.
 */
export class DelayTracker {
  readonly #tracks = new Map<string, Track>();
  readonly #baseDelays: Record<Frame['kind'], BaseDelay> = {
    video: new BaseDelay(),
    audio: new BaseDelay(),
  };

  /** Adds a frame. Returns `jumped` if its timestamp does not continue the timeline of earlier frames. */
  add({ track: name, kind, atMs, mediaMs }: Frame): 'ok' | 'jumped' {
    const delayMs = atMs - mediaMs;
    const known = this.#tracks.get(name);
    const last = known?.samples.at(-1);
    // After a silence, the next frame might be delayed by as long as the silence lasted. A longer delay
    // indicates a different timeline.
    const silentMs = last ? atMs - last.atMs : 0;
    const jumped = last !== undefined && Math.abs(delayMs - last.delayMs) > JUMP_MS + Math.max(0, silentMs);
    if (jumped) this.#forget(kind);
    const track = jumped || !known ? { kind, samples: [] } : known;
    this.#dropOld(atMs);
    this.#tracks.set(name, track);
    track.samples.push({ atMs, delayMs });
    if (track.samples.length > MAX_SAMPLES) track.samples.shift();
    this.#baseDelays[kind].add(atMs, delayMs);
    return jumped ? 'jumped' : 'ok';
  }

  /** Arrival time minus timestamp of the newest frame, in milliseconds; null before the first frame. */
  latestDelayMs(track: string): number | null {
    return this.#tracks.get(track)?.samples.at(-1)?.delayMs ?? null;
  }

  /** Returns the length of a track's standing queue in milliseconds; null if there are no recent frames. */
  standingQueueMs(name: string | null, nowMs: number): number | null {
    const track = this.#find(name, nowMs);
    const baseMs = track && this.#baseDelays[track.kind].minimumMs(nowMs);
    const last = track?.samples.at(-1);
    if (!track || !last || baseMs === undefined) return null;
    const recent = track.samples.filter(({ atMs }) => atMs > nowMs - STANDING_MS);
    return Math.max(
      0,
      Math.min(...(recent.length > 0 ? recent : [last]).map(({ delayMs }) => delayMs)) - baseMs,
    );
  }

  /** Returns by how many milliseconds the next frame of a track is overdue; 0 if it is not. */
  overdueMs(name: string | null, nowMs: number): number {
    const samples = this.#find(name, nowMs)?.samples.slice(-FRAMES_FOR_INTERVAL) ?? [];
    const [first] = samples;
    const last = samples.at(-1);
    if (!first || !last || samples.length < FRAMES_FOR_INTERVAL) return 0;
    const intervalMs = (last.atMs - last.delayMs - (first.atMs - first.delayMs)) / (samples.length - 1);
    return Math.max(0, nowMs - last.atMs - intervalMs);
  }

  /** Returns the arrival time of a track's newest frame; null if there are no recent frames. */
  lastArrivalMs(name: string | null, nowMs: number): number | null {
    return this.#find(name, nowMs)?.samples.at(-1)?.atMs ?? null;
  }

  /** Whether the delay of a track's newest frames is growing. */
  isGrowing(name: string | null, nowMs: number): boolean {
    const samples = this.#find(name, nowMs)?.samples ?? [];
    let steps = 0;
    let largestMs = 0;
    let riseMs = 0;
    for (let i = samples.length - 1; i > 0 && steps < MAX_GROWTH_STEPS; i -= 1) {
      const stepMs = (samples[i]?.delayMs ?? 0) - (samples[i - 1]?.delayMs ?? 0);
      if (stepMs < -JITTER_MS) break;
      steps += 1;
      riseMs += stepMs;
      largestMs = Math.max(largestMs, stepMs);
      if (steps >= MIN_GROWTH_STEPS && riseMs >= GROWTH_MS && largestMs <= riseMs * LARGEST_STEP_SHARE)
        return true;
    }
    return false;
  }

  /** Forgets all tracks and delays. */
  clear(): void {
    this.#tracks.clear();
    this.#baseDelays.video.clear();
    this.#baseDelays.audio.clear();
  }

  #find(name: string | null, nowMs: number): Track | undefined {
    const isActive = (track: Track) => (track.samples.at(-1)?.atMs ?? 0) > nowMs - MAX_SILENCE_MS;
    if (name !== null) {
      const track = this.#tracks.get(name);
      return track && isActive(track) ? track : undefined;
    }
    return [...this.#tracks.values()]
      .filter(isActive)
      .reduce<Track | undefined>((a, b) => (!a || lastMs(b) >= lastMs(a) ? b : a), undefined);
  }

  #forget(kind: Frame['kind']): void {
    this.#baseDelays[kind].clear();
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

/** Tracks the minimum delay over the last few seconds, with one value per second. */
class BaseDelay {
  #seconds: { second: number; minimumMs: number }[] = [];

  add(atMs: number, delayMs: number): void {
    const second = Math.floor(atMs / 1_000);
    const last = this.#seconds.at(-1);
    if (last?.second === second) last.minimumMs = Math.min(last.minimumMs, delayMs);
    else this.#seconds = [...this.#seconds.slice(-BASE_SECONDS), { second, minimumMs: delayMs }];
  }

  minimumMs(nowMs: number): number | undefined {
    const oldest = Math.floor(nowMs / 1_000) - BASE_SECONDS;
    const recent = this.#seconds.filter(({ second }) => second >= oldest);
    return recent.length > 0 ? Math.min(...recent.map(({ minimumMs }) => minimumMs)) : undefined;
  }

  clear(): void {
    this.#seconds = [];
  }
}
