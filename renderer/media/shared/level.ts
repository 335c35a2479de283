/** How often a level is told: enough for a meter that looks alive. */
const REPORT_EVERY_S = 0.05;
/** Levels are shown on a scale of decibels: this and quieter is 0, full scale is 1. */
const FLOOR_DB = -60;

/** A root mean square of samples (0..1) as a meter shows it, 0..1. */
export function meterLevel(rms: number): number {
  if (rms <= 0) return 0;
  const db = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}

/** Measures samples as they pass. */
export class LevelMeter {
  readonly #report: (level: number) => void;
  #sum = 0;
  #count = 0;

  constructor(report: (level: number) => void) {
    this.#report = report;
  }

  add(samples: Float32Array, sampleRateHz: number): void {
    for (const sample of samples) this.#sum += sample * sample;
    this.#count += samples.length;
    if (this.#count < sampleRateHz * REPORT_EVERY_S) return;
    this.#report(meterLevel(Math.sqrt(this.#sum / this.#count)));
    this.#sum = 0;
    this.#count = 0;
  }

  reset(): void {
    this.#sum = 0;
    this.#count = 0;
    this.#report(0);
  }
}
