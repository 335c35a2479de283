/** How far back frames count, in milliseconds. */
export const LATENESS_MS = 600;
/** A frame that comes this long after its time is seen to be late, in milliseconds: a frame's interval. */
const LATE_MS = 33;
/** So many late ones are more than an odd one. */
const LATE_FRAMES = 3;
/** So many frames show whether a rendition comes in time, and this part of them must. */
const PROOF_FRAMES = 6;
const IN_TIME = 0.8;

interface Frame {
  readonly atMs: number;
  readonly lateMs: number;
}

/** Whether the frames of each rendition come before they are due. Pure; times in milliseconds. */
export class Punctuality {
  readonly #tracks = new Map<string, Frame[]>();

  /** A frame came; `lateMs` is how long after its time, below zero for one in time. */
  arrived(track: string, atMs: number, lateMs: number): void {
    const frames = this.#tracks.get(track) ?? this.#begin(track, atMs);
    frames.push({ atMs, lateMs });
    while ((frames[0]?.atMs ?? atMs) < atMs - LATENESS_MS) frames.shift();
  }

  isLate(track: string, nowMs: number): boolean {
    return this.#recent(track, nowMs).filter(({ lateMs }) => lateMs > LATE_MS).length >= LATE_FRAMES;
  }

  /** Null while too few frames came to tell. */
  isInTime(track: string, nowMs: number): boolean | null {
    const frames = this.#recent(track, nowMs);
    if (frames.length < PROOF_FRAMES) return null;
    return frames.filter(({ lateMs }) => lateMs <= LATE_MS).length >= frames.length * IN_TIME;
  }

  /** What is read no more goes: a publisher may change its tracks' names for hours. */
  #begin(track: string, atMs: number): Frame[] {
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
