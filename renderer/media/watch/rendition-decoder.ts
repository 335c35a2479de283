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

/** Frames are decoded this long before they are due, in milliseconds: a slow decoder takes some 20 ms for one. */
const DECODE_AHEAD_MS = 100;
/** Frames that may wait in the decoder. One that is slower than the picture must not pile them up. */
const MAX_DECODING = 8;
/** Decoded frames that may wait to be shown; each holds a whole picture, from a pool that is small. */
const MAX_DECODED = 8;
/** How often it is looked whether a frame that waits is near its time, in milliseconds. */
const LOOK_MS = 15;
/** A group is late when it is later than the target by this much on top of a frame's interval, in milliseconds. */
const LATE_SLACK_MS = 20;
/** Where the catalog does not say, in milliseconds: 30 frames a second. */
const FRAME_INTERVAL_MS = 33;
/** A frame that came; times in milliseconds. */
export interface FrameArrival {
  readonly track: string;
  readonly mediaMs: number;
  readonly atMs: number;
  readonly bytes: number;
  /** False for what was there before its reader came. */
  readonly live: boolean;
}

export interface RenditionDecoderEvents {
  arrived(arrival: FrameArrival): void;
  /** A frame goes into the decoder. */
  fed(): void;
  /** A frame was decoded, and waits in `frames`. */
  decoded(): void;
  /** The publisher's clock went back: what was shown is no measure for what comes. */
  rewound(): void;
  /** It is of no more use. */
  failed(error: Error): void;
}

/**
 * Reads one rendition's track and decodes it: frames wait in `frames` for whoever shows them. Groups that are late are
 * given up for newer ones.
 */
export class RenditionDecoder {
  readonly name: string;
  readonly config: Catalog.VideoConfig;
  /** Decoded, in order. Whoever takes one out closes it. */
  readonly frames: VideoFrame[] = [];
  readonly #clock: PlayoutClock;
  readonly #events: RenditionDecoderEvents;
  readonly #effect = new Effect();
  readonly #latency: Signal<Time.Milli>;
  readonly #priority: Signal<number>;
  readonly #intervalMs: number;
  /** Its frames are to be shown, so the clock goes by them. */
  drivesClock: boolean;
  #decoder: VideoDecoder | undefined;
  #ended = false;
  #discontinuity = 0;
  /** What is older was there before its reader came, and says nothing of the link. In milliseconds of media time. */
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
    this.#latency = new Signal(this.#patience());
    this.#priority = new Signal(priority);
    this.#effect.run((effect) => {
      const source = broadcast.relativeBroadcast(effect, config.broadcast);
      if (source) this.#read(effect, source);
    });
  }

  /** A higher number goes first on the link. */
  set priority(priority: number) {
    this.#priority.set(priority);
  }

  /** The decoder has as much to do as it may have. */
  get overloaded(): boolean {
    const queued = this.#decoder?.state === 'configured' ? this.#decoder.decodeQueueSize : 0;
    return queued >= MAX_DECODING;
  }

  /** Its publisher ended it: one that comes back under its name has to be read anew. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes out the newest frame that is due and drops what is older; undefined when none is due. */
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
    this.#drop();
  }

  #read(effect: Effect, source: Net.Consumer): void {
    const track = source.track(this.name).subscribe({ priority: this.#priority.peek() });
    // What reads its frames goes on waiting for more.
    const forget = track.closed.subscribe(() => {
      this.#ended = true;
    });
    effect.cleanup(() => {
      forget();
      track.close();
    });
    effect.subscribe(this.#priority, (priority) => track.update({ priority }));
    const format = containerFormatOf(this.config.container);
    // Frames are decoded from their container as they arrive, and wait only after that.
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
      this.#latency.set(this.#patience());
    }
    this.#events.arrived({ track: this.name, mediaMs, bytes, atMs: nowMs, live });
  }

  async #pump(effect: Effect, consumer: Container.Consumer, decoder: VideoDecoder): Promise<void> {
    let lastKeyUs = Number.NEGATIVE_INFINITY;
    for (;;) {
      const next = await consumer.next();
      if (!next || effect.abort.aborted) return;
      const { frame } = next;
      // The library notices a clock that goes back only where frames of before are still to come.
      const back = frame?.keyframe === true && frame.timestamp < lastKeyUs;
      if (back || next.discontinuity !== this.#discontinuity) {
        this.#discontinuity = next.discontinuity;
        this.#rewind();
      }
      if (!frame) continue;
      if (frame.keyframe) lastKeyUs = frame.timestamp;
      const mediaMs = frame.timestamp / 1000;
      while (this.#tooEarly(mediaMs, decoder)) {
        await sleep(LOOK_MS);
        if (effect.abort.aborted) return;
      }
      this.#events.fed();
      const type = frame.keyframe ? 'key' : 'delta';
      decoder.decode(new EncodedVideoChunk({ type, data: frame.payload, timestamp: frame.timestamp }));
    }
  }

  #tooEarly(mediaMs: number, decoder: VideoDecoder): boolean {
    if (decoder.decodeQueueSize >= MAX_DECODING || this.frames.length >= MAX_DECODED) return true;
    return this.#clock.dueMs(mediaMs) - performance.now() > DECODE_AHEAD_MS;
  }

  #rewind(): void {
    // That was a time of the clock as it was.
    this.#liveFromMs = Number.NEGATIVE_INFINITY;
    this.#drop();
    this.#events.rewound();
  }

  /** How much media may lie between what is waited for and the newest before the former is given up. */
  #patience(): Time.Milli {
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

  #drop(): void {
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
