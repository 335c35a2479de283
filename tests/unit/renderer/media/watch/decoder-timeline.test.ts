import { expect, it } from 'vitest';
import { DecoderTimeline } from '../../../../../renderer/media/watch/decoder-timeline.ts';

/**
 * Simulates Chromium's decoder, which counts samples from the first packet's timestamp. Returns each packet's
 * media time in microseconds.
 */
function decode(packets: readonly { us: number; durationUs: number }[], declared: boolean): number[] {
  const timeline = new DecoderTimeline();
  let countedUs: number | undefined;
  return packets.map(({ us, durationUs }) => {
    const decoderUs = timeline.add(us, declared ? durationUs : undefined);
    countedUs ??= decoderUs;
    const mediaUs = timeline.output(countedUs, durationUs);
    countedUs += durationUs;
    return mediaUs;
  });
}

const DURATIONS_US = [2_500, 5_000, 10_000, 20_000, 40_000, 60_000, 120_000];

it('keeps the media time of packets of every duration and order', () => {
  let us = 1_000_000;
  const packets = Array.from({ length: 500 }, (_, i) => {
    const durationUs = DURATIONS_US[(i * i) % DURATIONS_US.length] ?? 0;
    us += durationUs;
    return { us: us - durationUs, durationUs };
  });
  expect(decode(packets, true)).toEqual(packets.map((packet) => packet.us));
});

it.each([true, false])('moves only the audio after a gap (durations declared: %s)', (declared) => {
  const packets = Array.from({ length: 100 }, (_, i) => ({ us: i * 20_000, durationUs: 20_000 }))
    .filter((_, i) => i !== 30 && i !== 31 && i !== 60)
    .map((packet) => ({ ...packet, us: packet.us + (packet.us > 1_600_000 ? 900_000 : 0) }));
  expect(decode(packets, declared)).toEqual(packets.map((packet) => packet.us));
});

it('evens out timestamps that are rounded', () => {
  const durationUs = (1024 * 1_000_000) / 44_100;
  const packets = Array.from({ length: 1_000 }, (_, i) => ({
    us: Math.floor((i * durationUs) / 1000) * 1000,
    durationUs,
  }));
  for (const [i, us] of decode(packets, false).entries()) {
    expect(Math.abs(us - i * durationUs)).toBeLessThan(1_001);
  }
});

it('follows a clock that went back', () => {
  const packets = Array.from({ length: 20 }, (_, i) => ({
    us: i < 10 ? 5_000_000 + i * 20_000 : i * 20_000,
    durationUs: 20_000,
  }));
  expect(decode(packets, true)).toEqual(packets.map((packet) => packet.us));
});
