/** Interval between reported levels, in seconds of audio. */
const REPORT_INTERVAL_S = 0.05;
/** Lower end of the meter's decibel scale, shown as 0. Full scale (0 dB) is shown as 1. */
const FLOOR_DB = -60;

/** Converts the root mean square of samples (0..1) to a meter level (0..1) on a decibel scale. */
export function meterLevel(rms: number): number {
  if (rms <= 0) return 0;
  const db = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}

/** Reports the level of a stream of audio samples, 0..1, about 20 times a second. */
export class LevelMeter {
  readonly #report: (level: number) => void;
  #sum = 0;
  #count = 0;

  constructor(report: (level: number) => void) {
    this.#report = report;
  }

  /** Adds samples in the range -1..1. */
  add(samples: Float32Array, sampleRateHz: number): void {
    for (const sample of samples) this.#sum += sample * sample;
    this.#count += samples.length;
    if (this.#count < sampleRateHz * REPORT_INTERVAL_S) return;
    this.#report(meterLevel(Math.sqrt(this.#sum / this.#count)));
    this.#sum = 0;
    this.#count = 0;
  }

  /** Discards the collected samples and reports level 0. */
  reset(): void {
    this.#sum = 0;
    this.#count = 0;
    this.#report(0);
  }
}
