/**
 * Number of input samples on each side of an output sample that the filter uses at a cutoff of 1. A lower
 * cutoff requires more.
 */
const HALF_TAPS = 16;
/** Number of fractional positions between two input samples for which filter coefficients are precomputed. */
const PHASES = 256;
/**
 * Largest distance between the end of a block and the start of the next block that is not treated as a gap,
 * in input samples.
 */
const CONTIGUOUS_SAMPLES = 2;
/** Width of the filter's transition band as a share of the pass band. */
const TRANSITION = 0.05;

/** Block of samples at the output rate. */
export interface ResampledBlock {
  /** Media time of the first sample, in microseconds. */
  readonly startUs: number;
  /** One array of samples for each channel. */
  readonly planes: readonly Float32Array<ArrayBuffer>[];
}

/**
 * Resamples audio by windowed-sinc interpolation, without seams between blocks. The last 0.3 ms of each block
 * are output with the next block, because computing them requires its samples.
 */
export class Resampler {
  readonly inHz: number;
  readonly outHz: number;
  readonly #taps: number;
  readonly #filters: readonly Float32Array[];
  /** Input samples that are still needed, one array per channel. */
  #held: Float32Array[] = [];
  /** Position of the first sample in `#held`, in input samples since media time 0. */
  #heldAt = 0;
  /** Position of the next output sample, in output samples since media time 0. */
  #nextOut = 0;

  /** @param inHz sample rate of the input @param outHz sample rate of the output */
  constructor(inHz: number, outHz: number) {
    this.inHz = inHz;
    this.outHz = outHz;
    const cutoff = Math.min(1, outHz / inHz) * (1 - TRANSITION);
    this.#taps = Math.ceil(HALF_TAPS / cutoff);
    this.#filters = Array.from({ length: PHASES + 1 }, (_, phase) =>
      filter(phase / PHASES, this.#taps, cutoff),
    );
  }

  /**
   * Converts a block of samples.
   *
   * @param startUs media time of the first sample, in microseconds
   * @param planes one array of samples for each channel
   */
  convert(startUs: number, planes: readonly Float32Array[]): ResampledBlock {
    const startAt = (startUs * this.inHz) / 1_000_000;
    const heldEnd = this.#heldAt + (this.#held[0]?.length ?? 0);
    const follows = this.#held.length === planes.length && Math.abs(startAt - heldEnd) <= CONTIGUOUS_SAMPLES;
    if (!follows) {
      // Insert silence before the first sample, so that the output can start at that sample.
      this.#held = planes.map(() => new Float32Array(this.#taps));
      this.#heldAt = Math.round(startAt) - this.#taps;
      this.#nextOut = Math.ceil((Math.round(startAt) * this.outHz) / this.inHz);
    }
    const inputs = planes.map((plane, i) => joined(this.#held[i], plane));
    const end = this.#heldAt + (inputs[0]?.length ?? 0) - this.#taps;
    const step = this.inHz / this.outHz;
    const count = Math.max(0, Math.ceil(end / step) - this.#nextOut);
    const first = this.#nextOut;
    const outputs = inputs.map((input) => this.#interpolate(input, first * step - this.#heldAt, step, count));
    this.#nextOut += count;
    const keepFrom = Math.max(0, Math.floor(this.#nextOut * step) - this.#heldAt - this.#taps);
    this.#held = inputs.map((input) => input.slice(keepFrom));
    this.#heldAt += keepFrom;
    return { startUs: Math.round((first * 1_000_000) / this.outHz), planes: outputs };
  }

  #interpolate(input: Float32Array, from: number, step: number, count: number): Float32Array<ArrayBuffer> {
    const output = new Float32Array(count);
    const taps = this.#taps;
    for (let i = 0; i < count; i += 1) {
      const position = from + i * step;
      const whole = Math.floor(position);
      const coefficients = this.#filters[Math.round((position - whole) * PHASES)];
      if (!coefficients) continue;
      let sum = 0;
      for (let tap = 0; tap < 2 * taps; tap += 1) {
        sum += (coefficients[tap] ?? 0) * (input[whole - taps + 1 + tap] ?? 0);
      }
      output[i] = sum;
    }
    return output;
  }
}

/**
 * Returns the filter coefficients, which add up to 1, for the input samples around an output sample.
 * `fraction` is the output sample's distance from the preceding input sample, in input samples.
 */
function filter(fraction: number, taps: number, cutoff: number): Float32Array {
  const values = Float64Array.from({ length: 2 * taps }, (_, i) => {
    const x = i - taps + 1 - fraction;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x);
    // Blackman window.
    const w = Math.PI * (x / taps);
    return Math.abs(x) >= taps ? 0 : sinc * (0.42 + 0.5 * Math.cos(w) + 0.08 * Math.cos(2 * w));
  });
  const sum = values.reduce((a, b) => a + b, 0);
  return Float32Array.from(values, (value) => value / sum);
}

function joined(before: Float32Array | undefined, after: Float32Array): Float32Array {
  const all = new Float32Array((before?.length ?? 0) + after.length);
  if (before) all.set(before);
  all.set(after, before?.length ?? 0);
  return all;
}
