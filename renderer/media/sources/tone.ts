import type { AudioChunk } from './source.ts';

/** Sample rate of the test pattern's audio. */
const TONE_RATE_HZ = 48_000;
/** Pitch and gain of a quiet hum, which shows that audio is flowing. */
const HUM_HZ = 440;
const HUM_LEVEL = 0.06;
/**
 * Pitches of the beep that accompanies the flash. The pitch changes every second, so that each beep can be matched to
 * its flash.
 */
export const BEEP_PITCHES_HZ = [1320, 1760, 2200, 2640] as const;
const BEEP_LEVEL = 0.3;
/** Duration of the flash and the beep, in microseconds. */
const BEEP_US = 100_000;
/**
 * Maximum number of samples to generate at once after a pause: 200 ms of audio. If the pause was longer, only
 * the newest chunk is generated.
 */
const MAX_CATCH_UP = TONE_RATE_HZ / 5;
/** Number of samples in a chunk: 10 ms, the chunk length that sound cards deliver. */
const CHUNK = TONE_RATE_HZ / 100;

/**
 * Generates the test pattern's audio: a hum, and a beep at the start of each second, counted from `originUs`.
 * The sample position is the only state.
 */
export class Tone {
  readonly #originUs: number;
  /** Index of the next sample, counted from the origin. */
  #position: number;

  /**
   * @param originUs media time at which the pattern starts
   * @param startUs media time of the first chunk
   */
  constructor(originUs: number, startUs: number) {
    this.#originUs = originUs;
    this.#position = this.#samplesAt(startUs);
  }

  /** Returns all complete chunks up to a media time. After a long pause, returns only the newest chunk. */
  until(us: number): AudioChunk[] {
    const due = this.#samplesAt(us);
    if (due - this.#position > MAX_CATCH_UP) this.#position = due - CHUNK;
    const chunks: AudioChunk[] = [];
    while (due - this.#position >= CHUNK) {
      chunks.push(this.#chunk(this.#position));
      this.#position += CHUNK;
    }
    return chunks;
  }

  #samplesAt(us: number): number {
    return Math.floor(((us - this.#originUs) * TONE_RATE_HZ) / 1_000_000);
  }

  #chunk(first: number): AudioChunk {
    const plane = new Float32Array(CHUNK);
    for (let i = 0; i < CHUNK; i++) plane[i] = toneSample(first + i);
    return {
      planes: [plane],
      sampleRateHz: TONE_RATE_HZ,
      startUs: this.#originUs + (first * 1_000_000) / TONE_RATE_HZ,
    };
  }
}

/** Returns the value, -1..1, of the sample at `index`, counted from the start of the pattern. */
function toneSample(index: number): number {
  const seconds = index / TONE_RATE_HZ;
  const hum = HUM_LEVEL * Math.sin(2 * Math.PI * HUM_HZ * seconds);
  if ((seconds % 1) * 1_000_000 >= BEEP_US) return hum;
  const pitchHz = BEEP_PITCHES_HZ[Math.floor(seconds) % BEEP_PITCHES_HZ.length] ?? 0;
  return hum + BEEP_LEVEL * Math.sin(2 * Math.PI * pitchHz * seconds);
}
