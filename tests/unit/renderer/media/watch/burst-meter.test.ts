import { expect, it } from 'vitest';
import { BurstMeter } from '../../../../../renderer/media/watch/burst-meter.ts';
import { defineElasticAudio } from '../../../../../renderer/media/watch/elastic-audio.ts';

const PACKET_MS = 20;

/**
 * Adds packets to the meter in bursts of `perBurst` packets. Every `stallEvery`-th burst has 20 packets
 * instead.
 */
function send(
  meter: BurstMeter,
  perBurst: number,
  bursts: number,
  stallEvery = Number.POSITIVE_INFINITY,
): void {
  let mediaMs = 0;
  for (let burst = 1; burst <= bursts; burst += 1) {
    const packets = burst % stallEvery === 0 ? 20 : perBurst;
    const atMs = mediaMs + packets * PACKET_MS;
    for (let i = 0; i < packets; i += 1, mediaMs += PACKET_MS) meter.addArrival(mediaMs, atMs + i * 0.2);
  }
}

it('measures the bursts of a publisher', () => {
  const meter = new BurstMeter();
  send(meter, 30, 10);
  expect(meter.bufferMs).toBe(30 * PACKET_MS);
});

it('ignores the bursts of a network that stalls now and then', () => {
  const meter = new BurstMeter();
  send(meter, 1, 100, 4);
  expect(meter.bufferMs).toBe(0);
});

it('measures enough for playback without gaps', () => {
  const meter = new BurstMeter();
  send(meter, 30, 10);
  const rateHz = 48_000;
  const audio = new (defineElasticAudio())(rateHz, 1);
  audio.targetMs = meter.bufferMs;
  const packet = Float32Array.from({ length: (rateHz * PACKET_MS) / 1000 }, (_, i) => Math.sin(i / 10));
  const output = [new Float32Array(rateHz / 100)];
  let filledMs = 0;
  for (let ms = 0, sent = 0; ms < 20_000; ms += 10) {
    if (ms % 600 === 0) {
      for (let i = 0; i < 30; i += 1, sent += 1) audio.write(1_000_000 + sent * PACKET_MS * 1000, [packet]);
    }
    audio.read(output);
    if (ms === 5_000) filledMs = audio.filledMs;
  }
  expect(audio.playing).toBe(true);
  expect(audio.filledMs - filledMs).toBe(0);
});
