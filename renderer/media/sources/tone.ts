import type { SoundChunk } from './inputs.ts';

export const TONE_RATE_HZ = 48_000;
/** A quiet hum that shows that sound flows. */
const HUM_HZ = 440;
const HUM_LEVEL = 0.06;
/** The beep that goes with the flash, at another pitch each second, so that one can tell which second it belongs to. */
export const BEEP_PITCHES_HZ = [1320, 1760, 2200, 2640] as const;
const BEEP_LEVEL = 0.3;
/** How long flash and beep last, in microseconds. */
export const BEEP_US = 100_000;
/** Samples made at once at most, so that a long pause does not make a heap of them: 200 ms. */
const MAX_CATCH_UP = TONE_RATE_HZ / 5;
/** A chunk is 10 ms, as sound cards give it. */
const CHUNK = TONE_RATE_HZ / 100;

/** The test pattern's sound: a hum, and a beep at each full second since `originUs`. Pure but for its position. */
export class Tone {
  readonly #originUs: number;
  /** Samples since the origin that were made. */
  #made: number;

  constructor(originUs: number, startUs: number) {
    this.#originUs = originUs;
    this.#made = this.#samplesAt(startUs);
  }

  /** All whole chunks up to a time. After a pause, only the newest. */
  until(us: number): SoundChunk[] {
    const due = this.#samplesAt(us);
    if (due - this.#made > MAX_CATCH_UP) this.#made = due - CHUNK;
    const chunks: SoundChunk[] = [];
    while (due - this.#made >= CHUNK) {
      chunks.push(this.#chunk(this.#made));
      this.#made += CHUNK;
    }
    return chunks;
  }

  #samplesAt(us: number): number {
    return Math.floor(((us - this.#originUs) * TONE_RATE_HZ) / 1_000_000);
  }

  #chunk(first: number): SoundChunk {
    const plane = new Float32Array(CHUNK);
    for (let i = 0; i < CHUNK; i++) plane[i] = toneSample(first + i);
    return {
      planes: [plane],
      sampleRateHz: TONE_RATE_HZ,
      startUs: this.#originUs + (first * 1_000_000) / TONE_RATE_HZ,
    };
  }
}

/** The sample at a position since the origin, -1..1. */
function toneSample(index: number): number {
  const seconds = index / TONE_RATE_HZ;
  const hum = HUM_LEVEL * Math.sin(2 * Math.PI * HUM_HZ * seconds);
  if ((seconds % 1) * 1_000_000 >= BEEP_US) return hum;
  const pitchHz = BEEP_PITCHES_HZ[Math.floor(seconds) % BEEP_PITCHES_HZ.length] ?? 0;
  return hum + BEEP_LEVEL * Math.sin(2 * Math.PI * pitchHz * seconds);
}
