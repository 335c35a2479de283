import * as Container from '@moq/hang/container';
import type { Time } from '@moq/net';
import { asError } from '../../../common/base/errors.ts';
import { AnnexBConverter } from './annex-b.ts';
import type { RenditionPlan } from './codecs.ts';
import { EncoderRate } from './encoder-rate.ts';
import { FrameRateLimiter } from './frame-rate-limiter.ts';
import type { LiveTrack } from './live-track.ts';

/**
 * Maximum length of the encoder's queue, in frames. If the encoder is slower than the source, frames are skipped
 * instead of queued.
 */
const MAX_QUEUED_FRAMES = 1;
/**
 * Maximum length of the encoder's queue when a keyframe is due, in frames. If a keyframe were skipped, the
 * renditions' groups would no longer be aligned.
 */
const MAX_QUEUED_BEFORE_KEYFRAME = 3;
/**
 * Maximum number of recorded encoding start times. Start times of frames that the encoder drops silently are
 * never used, so they must not accumulate.
 */
const MAX_TIMED_FRAMES = 60;
/**
 * Weight of one frame in the mean encoding time. At 30 frames per second, the mean adapts within half a
 * second.
 */
const MEAN_WEIGHT = 0.1;

/** Callbacks for a `RenditionEncoder`. */
interface RenditionEncoderListener {
  /**
   * Runs when a reader joins. `starting` means that the encoder was idle, so its next frame is a keyframe
   * even if none is requested.
   */
  readerJoined(starting: boolean): void;
  /** Runs when the last reader leaves. */
  readersGone(): void;
  /** Runs at most once, when encoding fails and the encoder has been closed. */
  failed(error: Error): void;
}

/** Frame counts since the previous read. */
interface EncoderCounters {
  /** Number of frames that should have been encoded. */
  offered: number;
  /** Number of those frames that were skipped because the encoder had fallen behind. */
  skipped: number;
}

/** Encodes one rendition while its track has readers. */
export class RenditionEncoder {
  /** Totals since the encoder was created. */
  frameCount = 0;
  byteCount = 0;
  #plan: RenditionPlan;
  readonly #track: LiveTrack;
  readonly #listener: RenditionEncoderListener;
  readonly #frameRateLimiter = new FrameRateLimiter();
  readonly #startedMs = new Map<number, number>();
  readonly #rate: EncoderRate;
  #counters: EncoderCounters = { offered: 0, skipped: 0 };
  #encodeMs = 0;
  #encoder: VideoEncoder | undefined;
  /** Present if the encoder's output is not Annex B. */
  #converter: AnnexBConverter | undefined;
  #readerCount = 0;
  #keyframeNeeded = true;
  #closed = false;

  constructor(plan: RenditionPlan, track: LiveTrack, listener: RenditionEncoderListener) {
    this.#plan = plan;
    this.#track = track;
    this.#listener = listener;
    this.#rate = new EncoderRate(plan.encoder.bitrate ?? 0);
    track.onReadersChanged = (readerCount) => this.#updateReaders(readerCount);
    this.#updateReaders(track.readerCount);
  }

  get plan(): RenditionPlan {
    return this.#plan;
  }

  get active(): boolean {
    return !this.#closed && this.#readerCount > 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Running mean of the time from a frame's arrival to its encoded output, in milliseconds; 0 before the
   * first output.
   */
  get encodeMs(): number {
    return this.#encodeMs;
  }

  /**
   * Encodes a frame without closing it. Its timestamp must be in media time and later than those of earlier
   * frames.
   */
  frame(frame: VideoFrame, key: boolean, sourceFrameRate: number): void {
    if (!this.active) return;
    const keyFrame = key || this.#keyframeNeeded;
    const frameRate = this.#plan.encoder.framerate ?? sourceFrameRate;
    if (!this.#frameRateLimiter.accepts(frame.timestamp, frameRate, sourceFrameRate, keyFrame)) return;
    this.#counters.offered += 1;
    try {
      const encoder = this.#encoder;
      if (encoder && encoder.encodeQueueSize > (keyFrame ? MAX_QUEUED_BEFORE_KEYFRAME : MAX_QUEUED_FRAMES)) {
        this.#counters.skipped += 1;
        this.#keyframeNeeded = keyFrame;
        return;
      }
      this.#encode(frame, keyFrame);
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  /** The encoder's current bitrate apart from keyframes, in bits per second. */
  get targetBps(): number {
    return this.#rate.targetBps;
  }

  /**
   * Limits the bitrate to what the connection carries, in bits per second. The change applies from the next frame
   * on, without a keyframe.
   */
  limitBitrate(bps: number): void {
    this.#rate.setLimit(bps);
  }

  /** Changes bitrate and frame rate without interrupting the track. Size and codec must stay the same. */
  adjust(plan: RenditionPlan): void {
    const { framerate } = this.#plan.encoder;
    this.#plan = plan;
    this.#rate.setFull(plan.encoder.bitrate ?? 0);
    if (framerate === plan.encoder.framerate) return;
    try {
      this.#encoder?.configure({ ...plan.encoder, bitrate: this.targetBps });
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #encode(frame: VideoFrame, keyFrame: boolean): void {
    const bitrate = this.#rate.next(performance.now(), keyFrame);
    this.#encoder ??= this.#openEncoder();
    if (bitrate !== null) this.#encoder.configure({ ...this.#plan.encoder, bitrate });
    this.#startTiming(frame.timestamp);
    this.#encoder.encode(frame, { keyFrame });
    this.#keyframeNeeded = false;
  }

  /** Returns the counters and resets them. */
  readCounters(): EncoderCounters {
    const counters = this.#counters;
    this.#counters = { offered: 0, skipped: 0 };
    return counters;
  }

  /** Stops encoding; the track stays open. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#track.onReadersChanged = undefined;
    this.#stopEncoder();
  }

  #updateReaders(readerCount: number): void {
    const before = this.#readerCount;
    this.#readerCount = readerCount;
    if (readerCount === 0) {
      this.#stopEncoder();
      if (before > 0) this.#listener.readersGone();
    } else if (readerCount > before) this.#listener.readerJoined(this.#encoder === undefined);
  }

  #openEncoder(): VideoEncoder {
    return new VideoEncoder({
      output: (chunk, metadata) => this.#writeChunk(chunk, metadata?.decoderConfig?.description),
      error: (error) => this.#fail(error),
    });
  }

  /** @param description the decoder's configuration, which an encoder reports if its output is not Annex B */
  #writeChunk(chunk: EncodedVideoChunk, description: AllowSharedBufferSource | undefined): void {
    if (this.#closed) return;
    let annexB: Uint8Array | null;
    try {
      annexB = this.#convert(chunk, description);
    } catch (error) {
      this.#fail(asError(error));
      return;
    }
    this.frameCount += 1;
    this.byteCount += chunk.byteLength;
    this.#stopTiming(chunk.timestamp);
    const payload = Container.Legacy.encodeFrame(annexB ?? chunk, chunk.timestamp as Time.Micro);
    this.#track.write(payload, chunk.timestamp, chunk.type === 'key');
  }

  /** Converts H.264 to Annex B. Returns null if the encoder's output needs no conversion. */
  #convert(chunk: EncodedVideoChunk, description: AllowSharedBufferSource | undefined): Uint8Array | null {
    if (this.#plan.family !== 'h264') return null;
    if (description) this.#converter = new AnnexBConverter(bytesOf(description));
    if (!this.#converter) return null;
    const bytes = new Uint8Array(chunk.byteLength);
    chunk.copyTo(bytes);
    return this.#converter.convert(bytes, chunk.type === 'key');
  }

  #startTiming(timestampUs: number): void {
    this.#startedMs.set(timestampUs, performance.now());
    if (this.#startedMs.size <= MAX_TIMED_FRAMES) return;
    for (const oldest of this.#startedMs.keys()) {
      this.#startedMs.delete(oldest);
      return;
    }
  }

  #stopTiming(timestampUs: number): void {
    const startedMs = this.#startedMs.get(timestampUs);
    this.#startedMs.delete(timestampUs);
    if (startedMs === undefined) return;
    const elapsedMs = performance.now() - startedMs;
    const mean = this.#encodeMs;
    this.#encodeMs = mean === 0 ? elapsedMs : mean + (elapsedMs - mean) * MEAN_WEIGHT;
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.close();
    this.#listener.failed(error);
  }

  #stopEncoder(): void {
    const encoder = this.#encoder;
    this.#encoder = undefined;
    this.#converter = undefined;
    this.#keyframeNeeded = true;
    this.#rate.restart();
    this.#startedMs.clear();
    this.#counters = { offered: 0, skipped: 0 };
    this.#encodeMs = 0;
    if (encoder && encoder.state !== 'closed') encoder.close();
  }
}

function bytesOf(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
