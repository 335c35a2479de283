import * as Container from '@moq/hang/container';
import type { Time } from '@moq/net';
import { asError } from '../../../common/base/errors.ts';
import type { RenditionPlan } from './codecs.ts';
import { FramePacer } from './frame-pacer.ts';
import type { TrackFeed } from './track-feed.ts';

/** Frames that may wait in the encoder; when it is slower than the source, frames are left out instead of queued. */
const MAX_QUEUED_FRAMES = 1;
/** A keyframe waits rather than being left out: the renditions would fall out of step. */
const MAX_QUEUED_BEFORE_KEY = 3;
/** Encoders may leave out frames of their own accord; the times of those are forgotten beyond this many. */
const MAX_TIMED_FRAMES = 60;
/** Weight of each frame in the mean time of encoding: it follows within half a second at 30 frames a second. */
const MEAN_WEIGHT = 0.1;

export interface RenditionEvents {
  /** A reader came; `starting` where nothing was being encoded, so that a keyframe comes first anyway. */
  joined(starting: boolean): void;
  /** The last reader left. */
  left(): void;
  /** Called at most once; the rendition is then of no more use. */
  failed(error: Error): void;
}

/** What the encoder was given since the last look. */
export interface EncoderWork {
  offered: number;
  /** Left out because the encoder was behind. */
  skipped: number;
}

/** Encodes one rendition while somebody reads its track, and not otherwise. */
export class VideoRendition {
  /** Totals since the start, for rates. */
  frames = 0;
  bytes = 0;
  #plan: RenditionPlan;
  readonly #feed: TrackFeed;
  readonly #events: RenditionEvents;
  readonly #pacer = new FramePacer();
  readonly #startedMs = new Map<number, number>();
  #work: EncoderWork = { offered: 0, skipped: 0 };
  #encodeMs = 0;
  #encoder: VideoEncoder | undefined;
  #readers = 0;
  #keyframeOwed = true;
  #closed = false;

  constructor(plan: RenditionPlan, feed: TrackFeed, events: RenditionEvents) {
    this.#plan = plan;
    this.#feed = feed;
    this.#events = events;
    feed.onDemand = (readers) => this.#demand(readers);
    this.#demand(feed.readers);
  }

  get plan(): RenditionPlan {
    return this.#plan;
  }

  get active(): boolean {
    return !this.#closed && this.#readers > 0;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** From a frame's arrival to its being handed on, as a running mean, in milliseconds; 0 before the first. */
  get encodeMs(): number {
    return this.#encodeMs;
  }

  /** Encodes the lent frame, whose timestamp is media time and later than those before it. */
  frame(frame: VideoFrame, key: boolean, sourceFrameRate: number): void {
    if (!this.active) return;
    const keyFrame = key || this.#keyframeOwed;
    const frameRate = this.#plan.encoder.framerate ?? sourceFrameRate;
    if (!this.#pacer.takes(frame.timestamp, frameRate, sourceFrameRate, keyFrame)) return;
    this.#work.offered += 1;
    try {
      this.#encoder ??= this.#start();
      const encoder = this.#encoder;
      if (encoder.encodeQueueSize > (keyFrame ? MAX_QUEUED_BEFORE_KEY : MAX_QUEUED_FRAMES)) {
        this.#work.skipped += 1;
        this.#keyframeOwed = keyFrame;
        return;
      }
      this.#time(frame.timestamp);
      encoder.encode(frame, { keyFrame });
      this.#keyframeOwed = false;
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  /** Goes on with another bit rate or frame rate, without a seam. Size and codec must be the same. */
  adjust(plan: RenditionPlan): void {
    const { bitrate, framerate } = this.#plan.encoder;
    this.#plan = plan;
    if (bitrate === plan.encoder.bitrate && framerate === plan.encoder.framerate) return;
    try {
      this.#encoder?.configure(plan.encoder);
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  /** What was done since the last call. */
  takeWork(): EncoderWork {
    const work = this.#work;
    this.#work = { offered: 0, skipped: 0 };
    return work;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#feed.onDemand = undefined;
    this.#stopEncoder();
  }

  /** A new reader gets a keyframe; the last one to go stops the encoder. */
  #demand(readers: number): void {
    const before = this.#readers;
    this.#readers = readers;
    if (readers === 0) {
      this.#stopEncoder();
      if (before > 0) this.#events.left();
    } else if (readers > before) this.#events.joined(this.#encoder === undefined);
  }

  #start(): VideoEncoder {
    const encoder = new VideoEncoder({
      output: (chunk) => this.#output(chunk),
      error: (error) => this.#fail(error),
    });
    this.#encoder = encoder;
    encoder.configure(this.plan.encoder);
    return encoder;
  }

  #output(chunk: EncodedVideoChunk): void {
    if (this.#closed) return;
    this.frames += 1;
    this.bytes += chunk.byteLength;
    this.#timed(chunk.timestamp);
    const payload = Container.Legacy.encodeFrame(chunk, chunk.timestamp as Time.Micro);
    this.#feed.write(payload, chunk.timestamp, chunk.type === 'key');
  }

  #time(timestampUs: number): void {
    this.#startedMs.set(timestampUs, performance.now());
    if (this.#startedMs.size <= MAX_TIMED_FRAMES) return;
    for (const oldest of this.#startedMs.keys()) {
      this.#startedMs.delete(oldest);
      return;
    }
  }

  #timed(timestampUs: number): void {
    const startedMs = this.#startedMs.get(timestampUs);
    this.#startedMs.delete(timestampUs);
    if (startedMs === undefined) return;
    const tookMs = performance.now() - startedMs;
    const mean = this.#encodeMs;
    this.#encodeMs = mean === 0 ? tookMs : mean + (tookMs - mean) * MEAN_WEIGHT;
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.close();
    this.#events.failed(error);
  }

  #stopEncoder(): void {
    const encoder = this.#encoder;
    this.#encoder = undefined;
    this.#keyframeOwed = true;
    this.#startedMs.clear();
    this.#work = { offered: 0, skipped: 0 };
    this.#encodeMs = 0;
    if (encoder && encoder.state !== 'closed') encoder.close();
  }
}
