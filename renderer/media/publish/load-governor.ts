import type { Content } from './ladder.ts';

/** Load of one rendition's encoder during the last sample period, about a second. */
export interface RenditionLoad {
  /** Track name. */
  name: string;
  /** Target frame rate, in frames per second. */
  frameRate: number;
  /** Number of frames that should have been encoded. */
  offered: number;
  /** Number of those frames that were skipped because the encoder had fallen behind. */
  skipped: number;
  /** Mean encoding time of a frame, in milliseconds. */
  encodeMs: number;
}

/** How the ladder is reduced so that the encoders can keep up. */
export interface LoadReduction {
  /** Number of renditions removed from the top of the ladder. */
  droppedRenditions: number;
  /** Divisor of the frame rate of the largest remaining rendition. */
  frameRateDivider: number;
}

/** Tolerated fraction of skipped frames. If more frames are skipped, viewers notice the stutter. */
const MAX_SKIPPED_SHARE = 0.1;
/**
 * Tolerated encoding time of a frame, in frame intervals. A slower encoder visibly delays the video, even if
 * it skips no frames.
 */
const MAX_ENCODE_INTERVALS = 3;
/**
 * Number of consecutive overloaded samples before a reduction. A single overloaded sample might be caused by
 * an encoder that is starting, or by another program.
 */
const OVERLOADED_SAMPLES = 2;
const MAX_DIVIDER = 4;
/**
 * Minimum frame rate of a screen, in frames per second. At lower rates, motion looks like a slide show, so
 * the size is reduced instead.
 */
const MIN_FRAME_RATE = 5;
/**
 * Number of consecutive samples without overload before a reduction is undone. The number doubles each time
 * the restored rendition overloads the encoder again.
 */
const FIRST_RESTORE_AFTER = 10;
const MAX_RESTORE_AFTER = 320;
/** Number of samples without overload after which a restored rendition is considered stable. */
const TRIAL_SAMPLES = 15;

const NONE: LoadReduction = { droppedRenditions: 0, frameRateDivider: 1 };

/**
 * Reduces the most expensive rendition while the encoders are overloaded, and undoes the reductions one by
 * one after increasing delays. For a camera, it drops the rendition; for a screen, it lowers the frame rate.
 * The caller supplies one sample per second.
 */
export class LoadGovernor {
  readonly #content: Content;
  #steps: LoadReduction[] = [];
  #overloadedSamples = 0;
  #calmSamples = 0;
  #restoreAfter = FIRST_RESTORE_AFTER;
  /**
   * Number of samples since the last reduction was undone; undefined while no restored rendition is on trial.
   */
  #trialSamples: number | undefined;

  constructor(content: Content) {
    this.#content = content;
  }

  get reduction(): LoadReduction {
    return this.#steps.at(-1) ?? NONE;
  }

  /**
   * Evaluates one sample. Returns whether the reduction has changed.
   *
   * @param ladder names of all renditions, largest first, including dropped ones
   * @param loads loads of the renditions that are being encoded
   */
  sample(ladder: readonly string[], loads: readonly RenditionLoad[]): boolean {
    if (loads.length === 0) return false;
    const before = this.reduction;
    const [top] = [...loads].sort((a, b) => ladder.indexOf(a.name) - ladder.indexOf(b.name));
    if (loads.some(isOverloaded)) {
      this.#calmSamples = 0;
      this.#overloadedSamples += 1;
      if (top && this.#overloadedSamples >= OVERLOADED_SAMPLES) this.#reduce(ladder, top);
    } else {
      this.#overloadedSamples = 0;
      this.#calmSamples += 1;
      if (top && ladder.indexOf(top.name) === this.reduction.droppedRenditions) this.#continueTrial();
      if (this.#steps.length > 0 && this.#calmSamples >= this.#restoreAfter) this.#restore();
    }
    return this.reduction !== before;
  }

  #reduce(ladder: readonly string[], top: RenditionLoad): void {
    this.#overloadedSamples = 0;
    if (this.#trialSamples !== undefined) {
      this.#restoreAfter = Math.min(MAX_RESTORE_AFTER, this.#restoreAfter * 2);
    }
    this.#trialSamples = undefined;
    const next = this.#nextStep(ladder, top);
    if (next) this.#steps.push(next);
  }

  /** Returns the next stronger reduction; null if there is none. */
  #nextStep(ladder: readonly string[], top: RenditionLoad): LoadReduction | null {
    const { droppedRenditions, frameRateDivider } = this.reduction;
    // Renditions above the largest encoded one are dropped too, because they are even more expensive.
    const index = Math.max(droppedRenditions, ladder.indexOf(top.name));
    const smallest = index >= ladder.length - 1;
    const divider = index === droppedRenditions ? frameRateDivider : 1;
    const canSlowDown = divider < MAX_DIVIDER && top.frameRate / 2 >= MIN_FRAME_RATE;
    if (canSlowDown && (smallest || this.#content === 'detail')) {
      return { droppedRenditions: index, frameRateDivider: divider * 2 };
    }
    return smallest ? null : { droppedRenditions: index + 1, frameRateDivider: 1 };
  }

  #restore(): void {
    this.#steps.pop();
    this.#calmSamples = 0;
    this.#trialSamples = 0;
  }

  #continueTrial(): void {
    if (this.#trialSamples === undefined) return;
    this.#trialSamples += 1;
    if (this.#trialSamples < TRIAL_SAMPLES) return;
    this.#trialSamples = undefined;
    this.#restoreAfter = FIRST_RESTORE_AFTER;
  }
}

function isOverloaded({ offered, skipped, encodeMs, frameRate }: RenditionLoad): boolean {
  return skipped > offered * MAX_SKIPPED_SHARE || encodeMs > (MAX_ENCODE_INTERVALS * 1000) / frameRate;
}
