import type { Content } from './ladder.ts';

/** One rendition that is being encoded, over the last look (about a second). */
export interface RenditionLoad {
  name: string;
  frameRate: number;
  offered: number;
  skipped: number;
  encodeMs: number;
}

/** What is given up so that the rest is encoded in time. */
export interface Relief {
  /** How many rungs are taken off the top of the ladder. */
  dropped: number;
  /** What the frame rate of the topmost rung that is left is divided by. */
  divider: number;
}

/** More than this share of frames left out is seen as stutter. */
const SKIPPED_SHARE = 0.1;
/** An encoder this many frame intervals late delays all that it makes, though it may keep the pace. */
const LATE_INTERVALS = 3;
/** One bad second may be a start or another program's; two in a row are the load. */
const BAD_LOOKS = 2;
const MAX_DIVIDER = 4;
/** Below this many frames a second a screen is a row of pictures; then it is rather made smaller. */
const MIN_FRAME_RATE = 5;
/** Calm looks before what was given up is tried again; doubled each time that fails. */
const CALM_LOOKS_FIRST = 10;
const CALM_LOOKS_MAX = 320;
/** Looks that a rendition tried again must last before it counts as regained. */
const PROOF_LOOKS = 15;

const NONE: Relief = { dropped: 0, divider: 1 };

/**
 * Watches whether the encoders keep up, and gives up the costliest rendition, or its frame rate, when they do not: a
 * camera keeps its motion and gets smaller, a screen keeps its size and moves less. It is tried again with growing
 * patience. Pure: one look a second.
 */
export class LoadGovernor {
  readonly #content: Content;
  #steps: Relief[] = [];
  #badLooks = 0;
  #calmLooks = 0;
  #patience = CALM_LOOKS_FIRST;
  /** Looks that the last thing taken back has lasted; undefined when none is on trial. */
  #proof: number | undefined;

  constructor(content: Content) {
    this.#content = content;
  }

  get relief(): Relief {
    return this.#steps.at(-1) ?? NONE;
  }

  /**
   * Takes one look. `ladder` has the names of all rungs, largest first, whatever was given up; `loads` those encoded
   * now. True when the relief has changed.
   */
  look(ladder: readonly string[], loads: readonly RenditionLoad[]): boolean {
    if (loads.length === 0) return false;
    const before = this.relief;
    const [top] = [...loads].sort((a, b) => ladder.indexOf(a.name) - ladder.indexOf(b.name));
    if (loads.some(isBehind)) {
      this.#calmLooks = 0;
      this.#badLooks += 1;
      if (top && this.#badLooks >= BAD_LOOKS) this.#giveUp(ladder, top);
    } else {
      this.#badLooks = 0;
      this.#calmLooks += 1;
      if (top && ladder.indexOf(top.name) === this.relief.dropped) this.#prove();
      if (this.#steps.length > 0 && this.#calmLooks >= this.#patience) this.#takeBack();
    }
    return this.relief !== before;
  }

  #giveUp(ladder: readonly string[], top: RenditionLoad): void {
    this.#badLooks = 0;
    if (this.#proof !== undefined) this.#patience = Math.min(CALM_LOOKS_MAX, this.#patience * 2);
    this.#proof = undefined;
    const next = this.#next(ladder, top);
    if (next) this.#steps.push(next);
  }

  #next(ladder: readonly string[], top: RenditionLoad): Relief | null {
    const { dropped, divider } = this.relief;
    // Rungs above the one that is read go too: they cost more still.
    const at = Math.max(dropped, ladder.indexOf(top.name));
    const lowest = at >= ladder.length - 1;
    const present = at === dropped ? divider : 1;
    const slower = present < MAX_DIVIDER && top.frameRate / 2 >= MIN_FRAME_RATE;
    if (slower && (lowest || this.#content === 'detail')) return { dropped: at, divider: present * 2 };
    return lowest ? null : { dropped: at + 1, divider: 1 };
  }

  #takeBack(): void {
    this.#steps.pop();
    this.#calmLooks = 0;
    this.#proof = 0;
  }

  #prove(): void {
    if (this.#proof === undefined) return;
    this.#proof += 1;
    if (this.#proof < PROOF_LOOKS) return;
    this.#proof = undefined;
    this.#patience = CALM_LOOKS_FIRST;
  }
}

function isBehind({ offered, skipped, encodeMs, frameRate }: RenditionLoad): boolean {
  return skipped > offered * SKIPPED_SHARE || encodeMs > (LATE_INTERVALS * 1000) / frameRate;
}
