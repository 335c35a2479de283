import * as Container from '@moq/hang/container';
import type { Time } from '@moq/net';
import type { RenditionPlan } from './codecs.ts';
import type { TrackFeed } from './track-feed.ts';

/** Readers can begin at a keyframe only, so this bounds how long one that lost data stays without picture. */
const KEYFRAME_EVERY_US = 2_000_000;
/** Frames that may wait in the encoder; when it is slower than the source, frames are left out instead of queued. */
const MAX_QUEUED_FRAMES = 2;
/** A source that stands still gives no frames; the last one is then sent again this often. In microseconds. */
const REPEAT_AFTER_US = 500_000;
const REPEAT_CHECK_MS = 100;

/** Encodes one rendition while somebody reads its track, and not otherwise. */
export class VideoRendition {
  readonly plan: RenditionPlan;
  /** Totals since the start, for rates. */
  frames = 0;
  bytes = 0;
  readonly #feed: TrackFeed;
  readonly #onError: (error: Error) => void;
  #encoder: VideoEncoder | undefined;
  #keyframeWanted = true;
  #lastKeyUs = Number.NEGATIVE_INFINITY;
  #lastFrame: VideoFrame | undefined;
  #lastEncodedUs = Number.NEGATIVE_INFINITY;
  #repeat: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  /** `onError` is called at most once; the rendition is then of no more use. */
  constructor(plan: RenditionPlan, feed: TrackFeed, onError: (error: Error) => void) {
    this.plan = plan;
    this.#feed = feed;
    this.#onError = onError;
    feed.onDemand = (readers) => this.#demand(readers);
    this.#demand(feed.readers);
  }

  get active(): boolean {
    return !this.#closed && this.#feed.readers > 0;
  }

  /** Encodes the lent frame, whose timestamp is media time. */
  frame(frame: VideoFrame): void {
    if (this.#closed) return;
    this.#lastFrame?.close();
    this.#lastFrame = frame.clone();
    this.#encode(frame);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#feed.onDemand = undefined;
    this.#stopEncoder();
    this.#lastFrame?.close();
    this.#lastFrame = undefined;
  }

  /** A new reader gets a keyframe at once; the last one to go stops the encoder. */
  #demand(readers: number): void {
    if (readers === 0) {
      this.#stopEncoder();
      return;
    }
    this.#keyframeWanted = true;
    this.#repeat ??= setInterval(() => this.#repeatLast(), REPEAT_CHECK_MS);
  }

  #encode(frame: VideoFrame): void {
    if (!this.active || frame.timestamp <= this.#lastEncodedUs) return;
    try {
      this.#encoder ??= this.#start();
      const encoder = this.#encoder;
      if (encoder.encodeQueueSize > MAX_QUEUED_FRAMES) return;
      const keyFrame = this.#keyframeWanted || frame.timestamp - this.#lastKeyUs >= KEYFRAME_EVERY_US;
      encoder.encode(frame, { keyFrame });
      this.#lastEncodedUs = frame.timestamp;
      if (keyFrame) {
        this.#keyframeWanted = false;
        this.#lastKeyUs = frame.timestamp;
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #start(): VideoEncoder {
    const encoder = new VideoEncoder({
      output: (chunk) => this.#output(chunk),
      error: (error) => this.#fail(error),
    });
    encoder.configure(this.plan.encoder);
    return encoder;
  }

  #output(chunk: EncodedVideoChunk): void {
    if (this.#closed) return;
    this.frames += 1;
    this.bytes += chunk.byteLength;
    const payload = Container.Legacy.encodeFrame(chunk, chunk.timestamp as Time.Micro);
    this.#feed.write(payload, chunk.timestamp, chunk.type === 'key');
  }

  #repeatLast(): void {
    const frame = this.#lastFrame;
    const now = Math.round(performance.now() * 1000);
    // A new reader of a picture that stands still is not made to wait for a change.
    const due = this.#keyframeWanted ? 0 : REPEAT_AFTER_US;
    if (!frame || !this.active || now - Math.max(this.#lastEncodedUs, frame.timestamp) < due) return;
    const again = new VideoFrame(frame, { timestamp: Math.max(now, this.#lastEncodedUs + 1) });
    this.#encode(again);
    again.close();
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.close();
    this.#onError(error);
  }

  #stopEncoder(): void {
    clearInterval(this.#repeat);
    this.#repeat = undefined;
    const encoder = this.#encoder;
    this.#encoder = undefined;
    this.#keyframeWanted = true;
    if (encoder && encoder.state !== 'closed') encoder.close();
  }
}
