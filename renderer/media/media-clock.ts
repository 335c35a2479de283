/**
 * One clock for picture and sound: microseconds since the page was opened (performance.now()). Sources stamp their
 * data by clocks of their own, with origins of their own.
 */

/** How far a source's clock may be off from arrival before it counts as having jumped, in microseconds. */
const JUMP_US = 500_000;

/**
 * Maps a source's timestamps to the media clock. The offset is the smallest delay between stamp and arrival seen so
 * far, since any one delivery may be late but none can be early. Results always increase.
 */
export class MediaClock {
  #offsetUs: number | undefined;
  #lastUs = -1;

  /**
   * @param sourceUs the source's stamp
   * @param arrivalUs when the data arrived, on the media clock
   * @param spanUs how long the data lasts: its end arrives, its begin is stamped
   */
  map(sourceUs: number, arrivalUs: number, spanUs = 0): number {
    const offsetUs = arrivalUs - spanUs - sourceUs;
    if (this.#offsetUs === undefined || offsetUs < this.#offsetUs || offsetUs - this.#offsetUs > JUMP_US) {
      this.#offsetUs = offsetUs;
    }
    this.#lastUs = Math.max(this.#lastUs + 1, Math.round(sourceUs + this.#offsetUs), 0);
    return this.#lastUs;
  }
}

/** The media clock now, in microseconds. */
export function nowUs(): number {
  return performance.now() * 1000;
}

/** Mean deviation from which sound is put right in one step, in microseconds: below what one hears as out of sync. */
const STEP_US = 20_000;
/** A single deviation that is a gap, not jitter, in microseconds. */
const GAP_US = 200_000;
/** Weight of each chunk in the mean deviation: at 100 chunks a second it settles in half a second. */
const MEAN_WEIGHT = 0.02;

/**
 * Stamps chunks of sound so that they follow each other without a seam, although each arrives with jitter. A gap, or
 * the drift of a sound card's clock, moves the timeline in one step.
 */
export class SoundTimeline {
  #nextUs: number | undefined;
  #meanUs = 0;

  /** The start of a chunk of `frames` samples that begins at about `startUs`; `step` when the timeline moved. */
  stamp(startUs: number, frames: number, sampleRateHz: number): { us: number; step: boolean } {
    const expectedUs = this.#nextUs;
    let us = startUs;
    let step = true;
    if (expectedUs !== undefined) {
      const errorUs = startUs - expectedUs;
      this.#meanUs += (errorUs - this.#meanUs) * MEAN_WEIGHT;
      step = Math.abs(errorUs) > GAP_US || Math.abs(this.#meanUs) > STEP_US;
      if (!step) us = expectedUs;
      // Never back: what was stamped already stays.
      else if (us < expectedUs && expectedUs - us <= GAP_US) us = expectedUs + this.#meanUs;
    }
    if (step) this.#meanUs = 0;
    this.#nextUs = us + (frames * 1_000_000) / sampleRateHz;
    return { us: Math.max(0, Math.round(us)), step: step && expectedUs !== undefined };
  }
}
