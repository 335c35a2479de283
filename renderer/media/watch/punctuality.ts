/** Time window over which frames are counted, in milliseconds. */
export const LATENESS_MS = 600;
/**
 * A frame is visibly late if it arrives more than this long after its due time, in milliseconds: a frame
 * interval.
 */
const LATE_MS = 33;
/** Minimum number of late frames before a rendition counts as late. */
const LATE_FRAMES = 3;
/**
 * Minimum number of frames needed to judge a probed rendition, and the share of them that must be on time.
 */
const PROOF_FRAMES = 6;
const IN_TIME = 0.8;

interface Frame {
  readonly atMs: number;
  readonly lateMs: number;
}

/** Tracks whether the frames of each rendition arrive before they are due. Times are in milliseconds. */
export class Punctuality {
  readonly #tracks = new Map<string, Frame[]>();

  /** Adds a frame. `lateMs` is its arrival minus its due time; negative if it was early. */
  addArrival(track: string, atMs: number, lateMs: number): void {
    const frames = this.#tracks.get(track) ?? this.#addTrack(track, atMs);
    frames.push({ atMs, lateMs });
    while ((frames[0]?.atMs ?? atMs) < atMs - LATENESS_MS) frames.shift();
  }

  /** Whether several recent frames of a track were late. */
  isLate(track: string, nowMs: number): boolean {
    return this.#recent(track, nowMs).filter(({ lateMs }) => lateMs > LATE_MS).length >= LATE_FRAMES;
  }

  /** Whether most of a track's recent frames were on time; null if there are too few to judge. */
  isInTime(track: string, nowMs: number): boolean | null {
    const frames = this.#recent(track, nowMs);
    if (frames.length < PROOF_FRAMES) return null;
    return frames.filter(({ lateMs }) => lateMs <= LATE_MS).length >= frames.length * IN_TIME;
  }

  /**
   * Adds a track. Also removes inactive tracks, because a publisher may keep introducing new track names for
   * hours.
   */
  #addTrack(track: string, atMs: number): Frame[] {
    for (const [name, frames] of this.#tracks) {
      if ((frames.at(-1)?.atMs ?? atMs) < atMs - LATENESS_MS) this.#tracks.delete(name);
    }
    const frames: Frame[] = [];
    this.#tracks.set(track, frames);
    return frames;
  }

  #recent(track: string, nowMs: number): readonly Frame[] {
    return (this.#tracks.get(track) ?? []).filter(({ atMs }) => atMs >= nowMs - LATENESS_MS);
  }
}
