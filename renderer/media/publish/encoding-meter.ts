import type { EncodingStats } from '../shared/types.ts';
import type { VideoRendition } from './video-encoder.ts';

/** Rates of renditions between two looks at their totals. */
export class EncodingMeter {
  readonly #before = new WeakMap<VideoRendition, { frames: number; bytes: number; atMs: number }>();

  read(renditions: readonly VideoRendition[]): EncodingStats[] {
    const atMs = performance.now();
    return renditions.map((rendition) => {
      const { frames, bytes, plan } = rendition;
      const before = this.#before.get(rendition) ?? { frames, bytes, atMs: atMs - 1000 };
      this.#before.set(rendition, { frames, bytes, atMs });
      const seconds = Math.max(0.001, (atMs - before.atMs) / 1000);
      return {
        name: plan.name,
        codec: plan.encoder.codec,
        width: plan.encoder.width,
        height: plan.encoder.height,
        framesPerSecond: Math.round((frames - before.frames) / seconds),
        bps: Math.round(((bytes - before.bytes) * 8) / seconds),
        encodeMs: Math.round(rendition.encodeMs),
      };
    });
  }
}
