import * as Container from '@moq/hang/container';
import type { Time } from '@moq/net';
import { OPUS_FRAME_MS, type SoundFormat, soundBitrate } from '../shared/catalog.ts';
import { MediaError } from '../shared/faults.ts';
import type { SoundChunk, SoundSink } from '../sources/inputs.ts';
import { SoundTimeline } from '../sources/media-clock.ts';
import type { TrackFeed } from './track-feed.ts';

/** Chunks of 10 ms that may wait in the encoder: 200 ms. Then the newest are left out. */
const MAX_QUEUED_CHUNKS = 20;

/** What the pipeline needs of the broadcast, and whom it tells. */
export interface SoundOutlet {
  feed(): TrackFeed;
  endFeed(): void;
  /** The format that can be read now, or null for none: the catalog's. */
  changed(format: SoundFormat | null): void;
  problem(error: MediaError): void;
}

/** Encodes samples to Opus while somebody reads. */
export class SoundPipeline implements SoundSink {
  readonly #outlet: SoundOutlet;
  #timeline = new SoundTimeline();
  #format: SoundFormat | null = null;
  #feed: TrackFeed | undefined;
  #encoder: AudioEncoder | undefined;
  #restarted = false;
  #closed = false;

  constructor(outlet: SoundOutlet) {
    this.#outlet = outlet;
  }

  chunk(chunk: SoundChunk): void {
    const [first] = chunk.planes;
    if (this.#closed || !first) return;
    this.#follow({ channels: chunk.planes.length, sampleRateHz: chunk.sampleRateHz });
    const stamp = this.#timeline.stamp(chunk.startUs, first.length, chunk.sampleRateHz);
    if (!stamp || !this.#feed || this.#feed.readers === 0) return;
    // An encoder counts on from its first sample; after a gap it starts anew.
    if (stamp.gap) this.#stopEncoder();
    this.#encode(chunk, stamp.us);
  }

  /** Takes the sound out of the broadcast: there is no source. The next chunk brings it back. */
  pause(): void {
    this.#stopEncoder();
    this.#timeline = new SoundTimeline();
    if (!this.#format) return;
    this.#format = null;
    this.#outlet.changed(null);
    this.#endFeed();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopEncoder();
    this.#endFeed();
  }

  #follow(format: SoundFormat): void {
    const before = this.#format;
    if (before && before.channels === format.channels && before.sampleRateHz === format.sampleRateHz) return;
    this.#stopEncoder();
    this.#timeline = new SoundTimeline();
    this.#format = format;
    if (!this.#feed) {
      this.#feed = this.#outlet.feed();
      this.#feed.onDemand = (readers) => {
        if (readers === 0) this.#stopEncoder();
      };
    }
    this.#outlet.changed(format);
  }

  #encode({ planes, sampleRateHz }: SoundChunk, startUs: number): void {
    const frames = planes[0]?.length ?? 0;
    const data = new Float32Array(frames * planes.length);
    for (const [index, plane] of planes.entries()) data.set(plane, index * frames);
    try {
      this.#encoder ??= this.#start();
      const encoder = this.#encoder;
      if (encoder.encodeQueueSize > MAX_QUEUED_CHUNKS) return;
      const samples = new AudioData({
        format: 'f32-planar',
        sampleRate: sampleRateHz,
        numberOfFrames: frames,
        numberOfChannels: planes.length,
        timestamp: startUs,
        data,
      });
      try {
        encoder.encode(samples);
      } finally {
        samples.close();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #start(): AudioEncoder {
    const format = this.#format;
    if (!format) throw new Error('no sound to encode');
    const encoder = new AudioEncoder({
      output: (chunk) => this.#output(chunk),
      error: (error) => this.#fail(error),
    });
    encoder.configure({
      codec: 'opus',
      sampleRate: format.sampleRateHz,
      numberOfChannels: format.channels,
      bitrate: soundBitrate(format.channels),
      // Microseconds, as WebCodecs has it.
      opus: { frameDuration: OPUS_FRAME_MS * 1000 },
    });
    return encoder;
  }

  /** Each Opus frame can be decoded by itself, so each is a group of its own: a lost one holds up no other. */
  #output(chunk: EncodedAudioChunk): void {
    const timestampUs = Math.max(0, chunk.timestamp);
    this.#feed?.write(Container.Legacy.encodeFrame(chunk, timestampUs as Time.Micro), timestampUs, true);
    this.#feed?.endGroup();
  }

  #fail(error: unknown): void {
    this.#stopEncoder();
    if (this.#closed) return;
    if (this.#restarted) {
      this.pause();
      this.#closed = true;
    }
    this.#restarted = true;
    this.#outlet.problem(new MediaError('microphone', 'unsupported', { cause: error }));
  }

  #stopEncoder(): void {
    const encoder = this.#encoder;
    this.#encoder = undefined;
    if (encoder && encoder.state !== 'closed') encoder.close();
  }

  #endFeed(): void {
    if (!this.#feed) return;
    this.#feed.onDemand = undefined;
    this.#feed = undefined;
    this.#outlet.endFeed();
  }
}
