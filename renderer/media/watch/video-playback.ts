import { Effect, type Getter } from '@moq/signals';
import { type Broadcast, Video } from '@moq/watch';
import { minBitrateBps } from '../shared/rates-section.ts';
import { Painter } from './painter.ts';
import { FrameRate, PositionMeter } from './player-stats.ts';
import { PlayoutClock } from './playout.ts';
import type { FrameArrival } from './rendition-decoder.ts';
import type { DrivenVideo } from './rendition-driver.ts';
import { type DecodeCounts, type Rendition, RenditionSwitcher } from './rendition-switcher.ts';
import type { VideoStream } from './video-stream.ts';

/** Settings for a `VideoPlayback`. */
export interface VideoPlaybackSettings {
  readonly canvas: Getter<HTMLCanvasElement | undefined>;
  /** Fixed buffer in milliseconds, or `real-time` for the smallest buffer with which playback is smooth. */
  readonly latency: Getter<'real-time' | number>;
  /** Streams that receive each frame in addition to the canvas. */
  readonly videoStreams: ReadonlySet<VideoStream>;
}

/** Callbacks for a `VideoPlayback`. */
export interface VideoPlaybackEvents {
  /** Runs after the first frame has been shown. */
  first(): void;
  /** Runs when the available renditions change. */
  offered(): void;
  /** Runs when the shown rendition changes, just before its first frame. */
  switched(name: string): void;
  arrived(arrival: FrameArrival): void;
}

/** Reads, decodes and shows the video of a broadcast in the selected rendition. */
export class VideoPlayback implements DrivenVideo {
  readonly clock = new PlayoutClock();
  readonly rate = new FrameRate();
  readonly #position = new PositionMeter();
  readonly #source: Video.Source;
  readonly #switcher: RenditionSwitcher;
  readonly #painter = new Painter();
  readonly #effect = new Effect();
  readonly #events: VideoPlaybackEvents;
  readonly #broadcast: Broadcast;
  #size = { width: 0, height: 0 };

  constructor(broadcast: Broadcast, settings: VideoPlaybackSettings, events: VideoPlaybackEvents) {
    this.#events = events;
    this.#broadcast = broadcast;
    // Lists the renditions that this browser can decode. Its selection is not used, because `select` chooses
    // the rendition.
    this.#source = new Video.Source({ broadcast, supported: Video.Decoder.supported });
    this.#switcher = new RenditionSwitcher(broadcast, this.clock, {
      show: (frame) => this.#show(frame, settings.videoStreams),
      switched: (name) => events.switched(name),
      arrived: (arrival) => events.arrived(arrival),
    });
    this.#effect.subscribe(settings.canvas, (canvas) => {
      this.#painter.canvas = canvas;
    });
    this.#effect.subscribe(settings.latency, (latency) => {
      this.clock.fixedMs = latency === 'real-time' ? undefined : latency;
    });
    this.#effect.cleanup(this.#source.out.available.subscribe(() => events.offered()));
    // The range of a bitrate may change without a change of the renditions.
    this.#effect.cleanup(broadcast.out.catalog.subscribe(() => events.offered()));
  }

  /** The available renditions that this browser can decode. */
  get offers(): readonly Rendition[] {
    const catalog = this.#broadcast.out.catalog.peek();
    return Object.entries(this.#source.out.available.peek()).map(([name, config]) => ({
      name,
      config,
      minBitrateBps: minBitrateBps(catalog, name),
    }));
  }

  /** Whether this browser can decode none of the renditions. */
  get unsupported(): boolean {
    return this.#source.out.error.peek() === 'unsupported';
  }

  /** The shown rendition; undefined before the first frame. */
  get active(): Rendition | undefined {
    return this.#switcher.active;
  }

  get overloaded(): boolean {
    return this.#switcher.overloaded;
  }

  dueMs(mediaMs: number): number {
    return this.clock.dueMs(mediaMs);
  }

  /** Size of the last shown frame, in pixels. */
  get size(): { width: number; height: number } {
    return this.#size;
  }

  /** Media time of the shown frame, in milliseconds; undefined before the first frame. */
  get shownMs(): number | undefined {
    return this.#switcher.shownMs;
  }

  get decodeCounts(): DecodeCounts {
    return this.#switcher.decodeCounts;
  }

  /** Age of the shown frame (clock minus media time), in milliseconds. Undefined without a recent frame. */
  get shownAgeMs(): number | undefined {
    return this.#position.ageMs();
  }

  /** Total number of frames that were decoded but skipped because a newer one was due. */
  get dropped(): number {
    return this.#switcher.dropped;
  }

  /** Selects the renditions to show and to probe. See `RenditionSwitcher.select`. */
  select(rendition: Rendition | null, urgent?: boolean, probe?: Rendition | null): void {
    this.#switcher.select(rendition, urgent, probe);
  }

  /**
   * Stops reading because there is no video. Clears the canvas if the publisher turned it off; after a lost
   * connection, the last frame stays visible.
   */
  clear(): void {
    this.#switcher.select(null);
    if (this.#broadcast.out.catalog.peek()) this.#painter.clear();
  }

  close(): void {
    this.#effect.close();
    this.#switcher.close();
    this.#painter.close();
    this.#source.close();
  }

  #show(frame: VideoFrame, videoStreams: ReadonlySet<VideoStream>): void {
    const first = this.rate.total === 0;
    this.rate.count();
    this.#position.update(frame.timestamp / 1000);
    this.#size = { width: frame.displayWidth, height: frame.displayHeight };
    const { rotation, flip } = this.#source.out.catalog.peek() ?? {};
    this.#painter.paint(frame, { rotation, flip });
    for (const stream of videoStreams) stream.show(frame);
    if (first) this.#events.first();
  }
}
