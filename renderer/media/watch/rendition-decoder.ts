import type * as Catalog from '@moq/hang/catalog';
import * as Container from '@moq/hang/container';
import * as Util from '@moq/hang/util';
import { type Broadcast as Net, Time } from '@moq/net';
import { Effect, Signal } from '@moq/signals';
import type { Broadcast } from '@moq/watch';
import { asError } from '../../../common/base/errors.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { containerFormatOf } from './container-format.ts';
import type { PlayoutClock } from './playout.ts';

/**
 * Frames are decoded at most this long before they are due, in milliseconds. A slow decoder takes about 20 ms
 * for a frame.
 */
const DECODE_AHEAD_MS = 100;
/** Maximum number of frames in the decoder, so that a slow decoder does not build up a queue. */
const MAX_DECODING = 8;
/** Maximum number of decoded frames to keep. Each frame occupies a buffer from the decoder's small pool. */
const MAX_DECODED = 8;
/** Interval at which to check whether the next frame is due for decoding, in milliseconds. */
const CHECK_MS = 15;
/** How late a group can be, beyond the buffer and a frame interval, before it is skipped, in milliseconds. */
const LATE_SLACK_MS = 20;
/** Assumed frame interval if the catalog has no frame rate, in milliseconds: 30 frames a second. */
const FRAME_INTERVAL_MS = 33;

/** A video frame that has arrived. Times are in milliseconds. */
export interface FrameArrival {
  readonly track: string;
  readonly mediaMs: number;
  readonly atMs: number;
  readonly bytes: number;
  /**
   * False for a frame that is older than the subscription and whose delay therefore does not reflect the
   * network.
   */
  readonly live: boolean;
}

/** Callbacks for a `RenditionDecoder`. */
export interface RenditionDecoderEvents {
  arrived(arrival: FrameArrival): void;
  /** Runs when a frame enters the decoder. */
  fed(): void;
  /** Runs after a decoded frame has been added to `frames`. */
  decoded(): void;
  /** Runs when the publisher's clock has gone back, so the timestamps of earlier frames no longer apply. */
  rewound(): void;
  /** Runs when the decoder has failed permanently. The receiver must close it. */
  failed(error: Error): void;
}

/**
 * Reads and decodes the track of one rendition into `frames`. Late groups are skipped in favor of newer ones.
 */
export class RenditionDecoder {
  readonly name: string;
  readonly config: Catalog.VideoConfig;
  /** Decoded frames in order. A caller that removes a frame must close it. */
  readonly frames: VideoFrame[] = [];
  readonly #clock: PlayoutClock;
  readonly #events: RenditionDecoderEvents;
  readonly #effect = new Effect();
  readonly #latency: Signal<Time.Milli>;
  readonly #priority: Signal<number>;
  readonly #intervalMs: number;
  /**
   * Whether arrivals on this track set the playout clock: true if its frames are shown or about to be shown.
   */
  drivesClock: boolean;
  #decoder: VideoDecoder | undefined;
  #ended = false;
  #discontinuity = 0;
  /**
   * Media time at which the subscription started, in milliseconds. The delay of older frames does not reflect
   * the network.
   */
  #liveFromMs: number;

  constructor(
    broadcast: Broadcast,
    name: string,
    config: Catalog.VideoConfig,
    priority: number,
    timed: boolean,
    clock: PlayoutClock,
    events: RenditionDecoderEvents,
  ) {
    this.name = name;
    this.config = config;
    this.drivesClock = timed;
    this.#clock = clock;
    this.#events = events;
    this.#liveFromMs = performance.now() - (clock.ageMs ?? Number.POSITIVE_INFINITY);
    this.#intervalMs = config.framerate ? 1000 / config.framerate : FRAME_INTERVAL_MS;
    this.#latency = new Signal(this.#maxWait());
    this.#priority = new Signal(priority);
    this.#effect.run((effect) => {
      const source = broadcast.relativeBroadcast(effect, config.broadcast);
      if (source) this.#read(effect, source);
    });
  }

  /** Sets the MoQ priority of the subscription. Higher numbers are sent first. */
  set priority(priority: number) {
    this.#priority.set(priority);
  }

  /** Whether the decoder's queue is full. */
  get overloaded(): boolean {
    const queued = this.#decoder?.state === 'configured' ? this.#decoder.decodeQueueSize : 0;
    return queued >= MAX_DECODING;
  }

  /**
   * Whether the publisher has ended the track. A track that reappears under the same name needs a new
   * subscription.
   */
  get ended(): boolean {
    return this.#ended;
  }

  /** Removes and returns the newest due frame, and drops all older frames. Returns undefined if no frame is due. */
  shiftDue(nowMs: number): VideoFrame | undefined {
    let due: VideoFrame | undefined;
    while (this.frames[0] && this.#clock.dueMs(this.frames[0].timestamp / 1000) <= nowMs) {
      due?.close();
      due = this.frames.shift();
    }
    return due;
  }

  close(): void {
    this.#effect.close();
    this.#dropFrames();
  }

  #read(effect: Effect, source: Net.Consumer): void {
    const track = source.track(this.name).subscribe({ priority: this.#priority.peek() });
    // `Container.Consumer` does not report the end of a track, so observe the track itself.
    const unsubscribe = track.closed.subscribe(() => {
      this.#ended = true;
    });
    effect.cleanup(() => {
      unsubscribe();
      track.close();
    });
    effect.subscribe(this.#priority, (priority) => track.update({ priority }));
    const format = containerFormatOf(this.config.container);
    // `Container.Consumer` unpacks frames as they arrive and queues them afterward, so this callback sees the
    // arrival times.
    const container: Container.Format = {
      decode: (bytes) => {
        const frames = format.container.decode(bytes);
        for (const frame of frames) this.#arrived(frame.timestamp / 1000, frame.payload.byteLength);
        return frames;
      },
    };
    const consumer = new Container.Consumer(track, { format: container, latency: this.#latency });
    effect.cleanup(() => consumer.close());
    const decoder = new VideoDecoder({
      output: (frame) => this.#decoded(frame, effect),
      error: (error) => this.#fail(effect, error),
    });
    this.#decoder = decoder;
    effect.cleanup(() => {
      if (decoder.state !== 'closed') decoder.close();
    });
    effect.spawn(async () => {
      try {
        decoder.configure(decoderConfig(this.config, format.description));
        await this.#pump(effect, consumer, decoder);
      } catch (error) {
        this.#fail(effect, asError(error));
      }
    });
  }

  #arrived(mediaMs: number, bytes: number): void {
    const nowMs = performance.now();
    const live = mediaMs >= this.#liveFromMs;
    if (live && this.drivesClock) {
      this.#clock.addArrival(mediaMs, nowMs);
      this.#latency.set(this.#maxWait());
    }
    this.#events.arrived({ track: this.name, mediaMs, bytes, atMs: nowMs, live });
  }

  async #pump(effect: Effect, consumer: Container.Consumer, decoder: VideoDecoder): Promise<void> {
    let lastKeyUs = Number.NEGATIVE_INFINITY;
    for (;;) {
      const next = await consumer.next();
      if (!next || effect.abort.aborted) return;
      const { frame } = next;
      // `Container.Consumer` notices a backward jump of the timestamps only while earlier frames are still
      // queued, so compare the keyframes' timestamps, too.
      const wentBack = frame?.keyframe === true && frame.timestamp < lastKeyUs;
      if (wentBack || next.discontinuity !== this.#discontinuity) {
        this.#discontinuity = next.discontinuity;
        this.#rewind();
      }
      if (!frame) continue;
      if (frame.keyframe) lastKeyUs = frame.timestamp;
      const mediaMs = frame.timestamp / 1000;
      while (this.#isTooEarly(mediaMs, decoder)) {
        await sleep(CHECK_MS);
        if (effect.abort.aborted) return;
      }
      this.#events.fed();
      const type = frame.keyframe ? 'key' : 'delta';
      decoder.decode(new EncodedVideoChunk({ type, data: frame.payload, timestamp: frame.timestamp }));
    }
  }

  #isTooEarly(mediaMs: number, decoder: VideoDecoder): boolean {
    if (decoder.decodeQueueSize >= MAX_DECODING || this.frames.length >= MAX_DECODED) return true;
    return this.#clock.dueMs(mediaMs) - performance.now() > DECODE_AHEAD_MS;
  }

  #rewind(): void {
    // The start of the subscription is a media time on the previous timeline, so it no longer applies.
    this.#liveFromMs = Number.NEGATIVE_INFINITY;
    this.#dropFrames();
    this.#events.rewound();
  }

  /** How much newer media can arrive before a missing frame is skipped, in milliseconds. */
  #maxWait(): Time.Milli {
    return Time.Milli(this.#clock.bufferMs + this.#intervalMs + LATE_SLACK_MS);
  }

  #decoded(frame: VideoFrame, effect: Effect): void {
    if (effect.abort.aborted) {
      frame.close();
      return;
    }
    this.frames.push(frame);
    this.#events.decoded();
  }

  #fail(effect: Effect, error: Error): void {
    if (!effect.abort.aborted) this.#events.failed(error);
  }

  #dropFrames(): void {
    for (const frame of this.frames.splice(0)) frame.close();
  }
}

function decoderConfig(config: Catalog.VideoConfig, description: Uint8Array | undefined): VideoDecoderConfig {
  const known = config.description ? Util.Hex.toBytes(config.description) : description;
  return {
    codec: config.codec,
    optimizeForLatency: config.optimizeForLatency ?? true,
    ...(known ? { description: known } : {}),
  };
}
