import type { EncodingStats } from '../shared/publisher-types.ts';
import type { RenditionEncoder } from './rendition-encoder.ts';

/** Computes the encoders' frame rates and bitrates from the change in their totals between two reads. */
export class EncodingMeter {
  readonly #previous = new WeakMap<RenditionEncoder, { frames: number; bytes: number; atMs: number }>();

  /** Returns the statistics of each encoder since the previous call. */
  read(encoders: readonly RenditionEncoder[]): EncodingStats[] {
    const atMs = performance.now();
    return encoders.map((encoder) => {
      const { frameCount: frames, byteCount: bytes, plan } = encoder;
      const previous = this.#previous.get(encoder) ?? { frames, bytes, atMs: atMs - 1000 };
      this.#previous.set(encoder, { frames, bytes, atMs });
      const seconds = Math.max(0.001, (atMs - previous.atMs) / 1000);
      return {
        name: plan.name,
        codec: plan.encoder.codec,
        width: plan.encoder.width,
        height: plan.encoder.height,
        framesPerSecond: Math.round((frames - previous.frames) / seconds),
        bps: Math.round(((bytes - previous.bytes) * 8) / seconds),
        encodeMs: Math.round(encoder.encodeMs),
      };
    });
  }
}
