import * as Container from '@moq/hang/container';
import type { Time } from '@moq/net';
import { MediaError } from '../shared/media-error.ts';
import { AudioTimeline } from '../sources/media-clock.ts';
import type { AudioChunk, AudioSink } from '../sources/source.ts';
import { type AudioFormat, audioBitrateBps, OPUS_FRAME_MS } from './catalog.ts';
import type { LiveTrack } from './live-track.ts';

/**
 * Maximum length of the encoder's queue, in 10 ms chunks (200 ms in total). While the queue is full, new
 * chunks are dropped.
 */
const MAX_QUEUED_CHUNKS = 20;

/** The audio track and callbacks that a broadcast passes to its `AudioPipeline`. */
interface AudioPipelineOutput {
  /** Opens the audio track. */
  track(): LiveTrack;
  endTrack(): void;
  /** Runs when the format for the catalog changes; null if there is no audio. */
  formatChanged(format: AudioFormat | null): void;
  problem(error: MediaError): void;
}

/** Encodes audio to Opus while the track has readers. */
export class AudioPipeline implements AudioSink {
  readonly #output: AudioPipelineOutput;
  #timeline = new AudioTimeline();
  #format: AudioFormat | null = null;
  #track: LiveTrack | undefined;
  #encoder: AudioEncoder | undefined;
  #restarted = false;
  #closed = false;

  constructor(output: AudioPipelineOutput) {
    this.#output = output;
  }

  chunk(chunk: AudioChunk): void {
    const [first] = chunk.planes;
    if (this.#closed || !first) return;
    if (typeof AudioEncoder === 'undefined') {
      // Without this check, viewers would wait for a track that never starts.
      this.#closed = true;
      this.#output.problem(new MediaError('microphone', 'unsupported'));
      return;
    }
    this.#setFormat({ channels: chunk.planes.length, sampleRateHz: chunk.sampleRateHz });
    const stamp = this.#timeline.stamp(chunk.startUs, first.length, chunk.sampleRateHz);
    if (!stamp || !this.#track || this.#track.readerCount === 0) return;
    // The encoder derives timestamps by counting samples, so audio after a gap needs a new encoder.
    if (stamp.gap) this.#stopEncoder();
    this.#encode(chunk, stamp.us);
  }

  /** Removes audio from the broadcast until the next chunk arrives. */
  pause(): void {
    this.#stopEncoder();
    this.#timeline = new AudioTimeline();
    if (!this.#format) return;
    this.#format = null;
    this.#output.formatChanged(null);
    this.#endTrack();
  }

  /** Ends the track. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopEncoder();
    this.#endTrack();
  }

  #setFormat(format: AudioFormat): void {
    const before = this.#format;
    if (before && before.channels === format.channels && before.sampleRateHz === format.sampleRateHz) return;
    this.#stopEncoder();
    this.#timeline = new AudioTimeline();
    this.#format = format;
    if (!this.#track) {
      this.#track = this.#output.track();
      this.#track.onReadersChanged = (readerCount) => {
        if (readerCount === 0) this.#stopEncoder();
      };
    }
    this.#output.formatChanged(format);
  }

  #encode({ planes, sampleRateHz }: AudioChunk, startUs: number): void {
    const frames = planes[0]?.length ?? 0;
    const data = new Float32Array(frames * planes.length);
    for (const [index, plane] of planes.entries()) data.set(plane, index * frames);
    try {
      this.#encoder ??= this.#startEncoder();
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

  #startEncoder(): AudioEncoder {
    const format = this.#format;
    if (!format) throw new Error('audio encoder started without a format');
    const encoder = new AudioEncoder({
      output: (chunk) => this.#writeChunk(chunk),
      error: (error) => this.#fail(error),
    });
    encoder.configure({
      codec: 'opus',
      sampleRate: format.sampleRateHz,
      numberOfChannels: format.channels,
      bitrate: audioBitrateBps(format.channels),
      // `frameDuration` is in microseconds, whereas OPUS_FRAME_MS is in milliseconds.
      opus: { frameDuration: OPUS_FRAME_MS * 1000 },
    });
    return encoder;
  }

  /**
   * Writes each Opus frame as a separate group. Frames decode independently, so a lost frame must not delay
   * the next.
   */
  #writeChunk(chunk: EncodedAudioChunk): void {
    const timestampUs = Math.max(0, chunk.timestamp);
    this.#track?.write(Container.Legacy.encodeFrame(chunk, timestampUs as Time.Micro), timestampUs, true);
    this.#track?.endGroup();
  }

  /**
   * Handles an encoder failure. After the first failure, the encoder restarts with the next chunk; after the
   * second, the pipeline closes.
   */
  #fail(error: unknown): void {
    this.#stopEncoder();
    if (this.#closed) return;
    if (this.#restarted) {
      this.pause();
      this.#closed = true;
    }
    this.#restarted = true;
    this.#output.problem(new MediaError('microphone', 'unsupported', { cause: error }));
  }

  #stopEncoder(): void {
    const encoder = this.#encoder;
    this.#encoder = undefined;
    if (encoder && encoder.state !== 'closed') encoder.close();
  }

  #endTrack(): void {
    if (!this.#track) return;
    this.#track.onReadersChanged = undefined;
    this.#track = undefined;
    this.#output.endTrack();
  }
}
