import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { defineElasticAudio, type ElasticAudio } from '../../../../../renderer/media/watch/elastic-audio.ts';

const Elastic = defineElasticAudio();
const RATE_HZ = 48_000;
const PACKET_MS = 20;
/** Number of samples that the speakers request at a time. */
const BLOCK = RATE_HZ / 100;
const TONE_HZ = 440;
const TONE_LEVEL = 0.2;
/** The largest difference between two consecutive samples of the tone. */
const STEP = TONE_LEVEL * 2 * Math.sin((Math.PI * TONE_HZ) / RATE_HZ);
const BEGIN_US = 5_000_000;

function tone(startUs: number, samples = (RATE_HZ * PACKET_MS) / 1000): Float32Array {
  const first = Math.round((startUs * RATE_HZ) / 1_000_000);
  return Float32Array.from(
    { length: samples },
    (_, i) => TONE_LEVEL * Math.sin((2 * Math.PI * TONE_HZ * (first + i)) / RATE_HZ),
  );
}

interface Played {
  samples: number[];
  /** Delay from recording to output, in milliseconds, sampled every 10 ms. */
  agesMs: number[];
  audio: ElasticAudio;
}

/** Plays packets of a tone. `lateMs` returns the delay of each packet; null means that it is lost. */
function play(lateMs: (index: number) => number | null, forMs: number, targetMs = 20): Played {
  const audio = new Elastic(RATE_HZ, 1);
  audio.targetMs = targetMs;
  const packets = Array.from({ length: forMs / PACKET_MS }, (_, i) => {
    const late = lateMs(i);
    return late === null ? [] : [{ atMs: (i + 1) * PACKET_MS + late, us: BEGIN_US + i * PACKET_MS * 1000 }];
  }).flat();
  packets.sort((a, b) => a.atMs - b.atMs || a.us - b.us);
  const samples: number[] = [];
  const agesMs: number[] = [];
  for (let nowMs = 0; nowMs < forMs; nowMs += 10) {
    while (packets[0] && packets[0].atMs <= nowMs) {
      const us = packets.shift()?.us ?? 0;
      audio.write(us, [tone(us)]);
    }
    for (let i = 0; i < 4; i += 1) {
      const output = new Float32Array(BLOCK / 4);
      audio.read([output]);
      samples.push(...output);
    }
    agesMs.push(nowMs - (audio.positionUs - BEGIN_US) / 1000);
  }
  return { samples, agesMs, audio };
}

/** Returns how long the tone is missing in total, not counting the first `fromMs` milliseconds. */
function quietMs({ samples }: Played, fromMs = 100): number {
  let quiet = 0;
  for (let at = (fromMs * RATE_HZ) / 1000; at + BLOCK <= samples.length; at += BLOCK) {
    const sum = samples.slice(at, at + BLOCK).reduce((total, sample) => total + sample ** 2, 0);
    if (Math.sqrt(sum / BLOCK) < TONE_LEVEL / Math.SQRT2 / 2) quiet += 10;
  }
  return quiet;
}

function largestStep({ samples }: Played): number {
  return samples.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (samples[i - 1] ?? 0))), 0);
}

const lastAge = ({ agesMs }: Played) => Math.round(agesMs.at(-1) ?? Number.NaN);

describe('the elastic audio buffer', () => {
  it('plays steady packets unchanged and at the target delay', () => {
    const played = play(() => 0, 4_000);
    expect(quietMs(played)).toBe(0);
    expect(largestStep(played)).toBeLessThan(1.01 * STEP);
    expect(lastAge(played)).toBe(30);
    expect(played.audio.filledMs).toBe(0);
  });

  it('bridges packets that are 100 ms late without a gap or click, and returns to the target delay', () => {
    const played = play((i) => (i >= 100 && i < 105 ? 100 - (i - 100) * 20 : 0), 5_000);
    expect(quietMs(played)).toBe(0);
    expect(largestStep(played)).toBeLessThan(1.3 * STEP);
    expect(Math.max(...played.agesMs.slice(200))).toBeGreaterThan(90);
    expect(lastAge(played)).toBeLessThanOrEqual(36);
  });

  it('replaces lost packets', () => {
    const played = play((i) => (i % 50 === 30 ? null : 0), 4_000);
    expect(quietMs(played)).toBe(0);
    expect(largestStep(played)).toBeLessThan(1.3 * STEP);
    expect(lastAge(played)).toBeLessThanOrEqual(36);
  });

  it('adapts to a lasting change of the network delay', () => {
    const longer = play((i) => (i >= 100 ? 80 : 0), 6_000);
    expect(quietMs(longer)).toBe(0);
    expect(lastAge(longer)).toBeGreaterThan(100);
    expect(lastAge(longer)).toBeLessThanOrEqual(116);
    const shorter = play((i) => (i >= 100 ? 0 : 80), 6_000);
    expect(quietMs(shorter, 200)).toBe(0);
    expect(lastAge(shorter)).toBeLessThanOrEqual(36);
  });

  it('plays silence during a one-second stall, and continues with the newest audio', () => {
    const played = play((i) => (i >= 100 && i < 150 ? 1_000 - (i - 100) * 20 : 0), 5_000);
    expect(quietMs(played)).toBeGreaterThan(850);
    expect(quietMs(played)).toBeLessThan(1_000);
    expect(largestStep(played)).toBeLessThan(1.3 * STEP);
    expect(lastAge(played)).toBeLessThanOrEqual(36);
  });

  it('resumes with little audio after an underrun, and refills the buffer during playback', () => {
    const played = play((i) => (i >= 100 ? 400 : 0), 6_000, 200);
    // Of the additional 400 ms, 200 ms were already buffered and 80 ms are synthesized.
    expect(quietMs(played, 300)).toBeLessThan(200);
    expect(lastAge(played)).toBeGreaterThan(590);
  });

  it('reaches a nearby target by stretching the audio, and a distant target by a jump', () => {
    const audio = new Elastic(RATE_HZ, 1);
    audio.targetMs = 20;
    const ageAfter = (ms: number, targetMs: number, fromMs: number) => {
      audio.targetMs = targetMs;
      for (let now = fromMs; now < fromMs + ms; now += 10) {
        if (now % PACKET_MS === 0) audio.write(now * 1000, [tone(now * 1000)]);
        audio.read([new Float32Array(BLOCK)]);
      }
      return fromMs + ms - 10 - audio.positionUs / 1000;
    };
    expect(ageAfter(1_000, 20, 0)).toBeLessThan(20);
    expect(ageAfter(500, 100, 1_000)).toBeLessThan(70);
    expect(Math.abs(ageAfter(1_500, 100, 1_500) - 90)).toBeLessThan(10);
    expect(Math.abs(ageAfter(2_500, 2_000, 3_000) - 1_990)).toBeLessThan(10);
    expect(ageAfter(500, 20, 5_500)).toBeLessThan(20);
  });

  it('restarts on a new timeline', () => {
    const audio = new Elastic(RATE_HZ, 2);
    audio.targetMs = 20;
    for (const beginUs of [60_000_000, 1_000_000]) {
      for (let us = beginUs; us < beginUs + 1_000_000; us += 20_000) {
        audio.write(us, [tone(us), tone(us)]);
        audio.read([new Float32Array(2 * BLOCK), new Float32Array(2 * BLOCK)]);
      }
      expect(Math.abs(audio.positionUs - beginUs - 1_000_000)).toBeLessThan(60_000);
    }
  });

  it('outputs silence before the first packet', () => {
    const audio = new Elastic(RATE_HZ, 1);
    const output = new Float32Array(128).fill(1);
    audio.read([output]);
    expect(Math.max(...output)).toBe(0);
    expect(audio.playing).toBe(false);
  });
});

describe('the audio thread’s script', () => {
  it.each([true, false])('uses only names that exist in the audio thread (minified: %s)', async (minify) => {
    const { outputFiles } = await build({
      entryPoints: [
        new URL('../../../../../renderer/media/watch/elastic-audio-node.ts', import.meta.url).pathname,
      ],
      bundle: true,
      write: false,
      minify,
      format: 'iife',
      globalName: 'bundled',
      target: ['chrome108', 'edge108', 'firefox130', 'safari16.4'],
    });
    const page = createContext({});
    runInContext(outputFiles[0]?.text ?? '', page);
    const script: unknown = runInContext('bundled.workletScript()', page);
    const result = await runInContext(
      `
      const messages = [];
      const processors = {};
      globalThis.sampleRate = ${RATE_HZ};
      globalThis.AudioWorkletProcessor = class { port = { postMessage: (data) => messages.push(data) } };
      globalThis.registerProcessor = (name, processor) => { processors[name] = processor; };
      ${String(script)}
      const [Processor] = Object.values(processors);
      const processor = new Processor({ processorOptions: { channels: 1 } });
      processor.port.onmessage({ data: { kind: 'target', targetMs: 20 } });
      let loudest = 0;
      for (let at = 0; at < 100; at += 1) {
        if (at % 7 === 0) {
          const planes = [new Float32Array(960).fill(0.5)];
          processor.port.onmessage({ data: { kind: 'samples', startUs: (at / 7) * 20000, planes } });
        }
        const output = [[new Float32Array(128)]];
        if (!processor.process([], output)) throw new Error('the processor ended');
        loudest = Math.max(loudest, ...output[0][0]);
      }
      ({ loudest, messages });
      `,
      createContext({}),
    );
    expect(result).toMatchObject({ loudest: 0.5, messages: { length: 5 } });
    expect(result.messages.at(-1)).toMatchObject({ playing: true });
  });
});
