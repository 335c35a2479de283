import { describe, expect, it } from 'vitest';
import { Resampler } from '../../../../../renderer/media/watch/resampler.ts';

const TONE_HZ = 1_000;

/** Resamples a tone in blocks of 20 ms. Returns the samples with their media times in microseconds. */
function convertTone(inHz: number, outHz: number, missing: (block: number) => boolean = () => false) {
  const resampler = new Resampler(inHz, outHz);
  const samples: { us: number; value: number }[] = [];
  const perBlock = inHz / 50;
  for (let block = 0; block < 25; block += 1) {
    if (missing(block)) continue;
    const startUs = 3_000_000 + block * 20_000;
    const plane = Float32Array.from({ length: perBlock }, (_, i) =>
      Math.sin(2 * Math.PI * TONE_HZ * (startUs / 1_000_000 + i / inHz)),
    );
    const { startUs: outUs, planes } = resampler.convert(startUs, [plane]);
    for (const [i, value] of (planes[0] ?? []).entries())
      samples.push({ us: outUs + (i * 1_000_000) / outHz, value });
  }
  return samples;
}

/** Expects a continuous tone between two media times, with the phase that the media times require. */
function expectTone(samples: readonly { us: number; value: number }[], fromUs: number, toUs: number): void {
  for (const { us, value } of samples.filter((sample) => sample.us > fromUs && sample.us < toUs)) {
    expect(Math.abs(value - Math.sin((2 * Math.PI * TONE_HZ * us) / 1_000_000))).toBeLessThan(0.02);
  }
}

describe.each([
  [48_000, 44_100],
  [44_100, 48_000],
  [48_000, 16_000],
  [24_000, 96_000],
])('from %i to %i Hz', (inHz, outHz) => {
  it('keeps pitch, level and time across blocks', () => {
    const samples = convertTone(inHz, outHz);
    expect(samples.length).toBeGreaterThan(outHz * 0.49);
    for (const [i, { us }] of samples.entries()) {
      if (i > 0) expect(us - (samples[i - 1]?.us ?? 0)).toBeCloseTo(1_000_000 / outHz, -1);
    }
    expectTone(samples, 3_005_000, 3_490_000);
  });

  it('continues after a gap at the right time', () => {
    const samples = convertTone(inHz, outHz, (block) => block === 10);
    expectTone(samples, 3_005_000, 3_195_000);
    expectTone(samples, 3_225_000, 3_490_000);
    expect(samples.some(({ us }) => us > 3_201_000 && us < 3_219_000)).toBe(false);
  });
});
