import type { Time } from '@moq/net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { opusPacketDurationUs } from '../../../../../renderer/media/watch/packet-duration.ts';
import { loadBundled } from '../../../../support/media-page/bundled.ts';
import { sleep, waitFor } from '../../../../support/wait.ts';

type Tracks = typeof import('../../../../support/media-page/tracks.ts');
const { Container, LiveBroadcast, AudioTrackDecoder } = await loadBundled<Tracks>(
  new URL('../../../../support/media-page/tracks.ts', import.meta.url),
);

const AAC_US = (1024 * 1_000_000) / 48_000;
/**
 * Number of times that a decoder has been configured. This happens when a decoder is created or restarted.
 */
let configured = 0;

/**
 * A fake decoder, because Node cannot decode audio. Like Chromium's, it computes the output's timestamps by
 * counting samples from the first one.
 */
class CountingDecoder {
  state = 'unconfigured';
  decodeQueueSize = 0;
  #nextUs: number | undefined;
  readonly #output: (data: object) => void;

  constructor({ output }: { output(data: object): void }) {
    this.#output = output;
  }

  configure(): void {
    this.state = 'configured';
    configured += 1;
  }

  decode({ timestamp, durationUs }: { timestamp: number; durationUs: number }): void {
    this.#nextUs ??= timestamp;
    const startUs = this.#nextUs;
    this.#nextUs += durationUs;
    this.decodeQueueSize += 1;
    setTimeout(() => {
      this.decodeQueueSize -= 1;
      this.#output({
        timestamp: Math.round(startUs),
        numberOfFrames: Math.round(durationUs * 0.048),
        sampleRate: 48_000,
        close: () => undefined,
      });
    });
  }

  reset(): void {
    this.#nextUs = undefined;
  }

  close(): void {
    this.state = 'closed';
  }
}

beforeEach(() => {
  configured = 0;
  vi.stubGlobal('AudioDecoder', CountingDecoder);
  vi.stubGlobal('AudioEncoder', class {});
  vi.stubGlobal(
    'EncodedAudioChunk',
    class {
      readonly timestamp: number;
      readonly durationUs: number;
      constructor({ timestamp, data }: { timestamp: number; data: Uint8Array }) {
        this.timestamp = timestamp;
        this.durationUs = data.byteLength > 2 ? AAC_US : (opusPacketDurationUs(data) ?? Number.NaN);
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

interface SentPacket {
  us: number;
  data: Uint8Array;
}

/**
 * Creates consecutive Opus packets with the given durations in milliseconds, without the packets for which
 * `lost` returns true.
 */
function opusPackets(durationsMs: readonly number[], lost: (index: number) => boolean = () => false) {
  let us = 1_000_000;
  return durationsMs.flatMap((ms, i) => {
    const frames = ms > 20 ? ms / 20 : 1;
    const configuration = 28 + [2.5, 5, 10, 20].indexOf(ms / frames);
    us += ms * 1000;
    const data = Uint8Array.of((configuration << 3) | 3, frames);
    return lost(i) ? [] : [{ us: us - ms * 1000, data }];
  });
}

/** Sends each packet in its own group. Returns the media times of the decoded audio, in microseconds. */
async function play(
  codec: string,
  packets: readonly SentPacket[],
  { burst = 1, expected = packets.length, maxWaitMs = 40 } = {},
): Promise<number[]> {
  const live = new LiveBroadcast();
  const source = live.openProducer().consume();
  const feed = live.track('audio', 'audio');
  const playedUs: number[] = [];
  const decoder = new AudioTrackDecoder(
    { relativeBroadcast: () => source } as unknown as ConstructorParameters<typeof AudioTrackDecoder>[0],
    'audio',
    {
      codec,
      container: { kind: 'legacy' },
      sampleRate: 48_000,
      numberOfChannels: 2,
    } as ConstructorParameters<typeof AudioTrackDecoder>[2],
    { peek: () => maxWaitMs, subscribe: () => () => undefined } as unknown as ConstructorParameters<
      typeof AudioTrackDecoder
    >[3],
    {
      arrived: () => undefined,
      decoded: (_, mediaUs) => playedUs.push(mediaUs),
      failed: (error) => {
        throw error;
      },
    },
  );
  try {
    await waitFor('a reader', () => feed.readerCount > 0, 2_000);
    for (const [i, { us, data }] of packets.entries()) {
      const rounded = Math.round(us);
      feed.write(Container.Legacy.encodeFrame(data, rounded as Time.Micro), rounded, true);
      feed.endGroup();
      if (i % burst === burst - 1) await sleep(3);
    }
    await waitFor('all packets', () => playedUs.length >= expected, 5_000);
    await sleep(50);
    return playedUs;
  } finally {
    decoder.close();
    live.close();
  }
}

/** Returns the index of the first audible packet. Earlier output is discarded while the decoder converges. */
const heardFrom = (packets: readonly SentPacket[]) => packets.findIndex(({ us }) => us >= 1_080_000);

describe('Opus packets', () => {
  it.each([
    ['one of 5 ms among packets of 20 ms', Array.from({ length: 60 }, (_, i) => (i === 20 ? 5 : 20))],
    ['of alternating duration', Array.from({ length: 60 }, (_, i) => (i % 2 ? 60 : 20))],
    [
      'from 120 down to 2.5 ms',
      Array.from({ length: 70 }, (_, i) => [120, 60, 40, 20, 10, 5, 2.5][i % 7] ?? 20),
    ],
    ['of 2.5 ms', Array.from({ length: 80 }, () => 2.5)],
  ])('are all heard: %s', async (_, durationsMs) => {
    const packets = opusPackets(durationsMs);
    const from = heardFrom(packets);
    const played = await play('opus', packets, { expected: packets.length - from });
    expect(played).toEqual(packets.slice(from).map(({ us }) => us));
    expect(configured).toBe(1);
  });

  it('after a gap are played at the right time, without restarting the decoder', async () => {
    const durationsMs = Array.from({ length: 60 }, (_, i) => (i % 2 ? 10 : 20));
    const packets = opusPackets(durationsMs, (i) => i === 20 || (i > 30 && i < 40));
    const from = heardFrom(packets);
    const played = await play('opus', packets, { expected: packets.length - from });
    expect(played).toEqual(packets.slice(from).map(({ us }) => us));
    expect(configured).toBe(1);
  });
});

it('plays all AAC packets that arrive in bursts', async () => {
  const packets = Array.from({ length: 120 }, (_, i) => ({
    us: 1_000_000 + i * AAC_US,
    data: Uint8Array.of(1, 2, 3),
  }));
  const played = await play('mp4a.40.2', packets, { burst: 30 });
  expect(played).toHaveLength(packets.length);
  for (const [i, us] of played.entries()) expect(Math.abs(us - (packets[i]?.us ?? 0))).toBeLessThan(100);
});
