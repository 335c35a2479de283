import { Effect, type Getter } from '@moq/signals';
import { type Broadcast, Video } from '@moq/watch';
import type { DrivenPicture } from './adaptation/rendition-driver.ts';
import { Painter } from './painter.ts';
import { FrameRate, PositionMeter } from './player-stats.ts';
import { PlayoutClock } from './playout.ts';
import type { FrameArrival } from './rendition-decoder.ts';
import { type Decoding, type Rendition, VideoLine } from './rendition-switcher.ts';
import type { PictureStream } from './video-stream.ts';

export interface PictureSettings {
  readonly canvas: Getter<HTMLCanvasElement | undefined>;
  readonly latency: Getter<'real-time' | number>;
  /** Where the picture goes beside the canvas. */
  readonly pictures: ReadonlySet<PictureStream>;
}

export interface PictureEvents {
  /** The first frame was shown. */
  first(): void;
  /** What is on offer changed. */
  offered(): void;
  /** The picture is of this rendition from now on. */
  switched(name: string): void;
  arrived(arrival: FrameArrival): void;
}

/** Reads, decodes and shows the picture of one appearance of a broadcast, in the rendition that it is told. */
export class Picture implements DrivenPicture {
  readonly clock = new PlayoutClock();
  readonly rate = new FrameRate();
  readonly #position = new PositionMeter();
  readonly #source: Video.Source;
  readonly #line: VideoLine;
  readonly #painter = new Painter();
  readonly #effect = new Effect();
  readonly #events: PictureEvents;
  #size = { width: 0, height: 0 };

  constructor(broadcast: Broadcast, settings: PictureSettings, events: PictureEvents) {
    this.#events = events;
    // For what can be decoded here; which of it is read is decided elsewhere.
    this.#source = new Video.Source({ broadcast, supported: Video.Decoder.supported });
    this.#line = new VideoLine(broadcast, this.clock, {
      show: (frame) => this.#show(frame, settings.pictures),
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
  }

  /** What is on offer and can be decoded here. */
  get offers(): readonly Rendition[] {
    return Object.entries(this.#source.out.available.peek()).map(([name, config]) => ({ name, config }));
  }

  /** There are renditions, and none can be decoded here. */
  get unsupported(): boolean {
    return this.#source.out.error.peek() === 'unsupported';
  }

  /** The rendition whose picture is shown. */
  get active(): Rendition | undefined {
    return this.#line.active;
  }

  get overloaded(): boolean {
    return this.#line.overloaded;
  }

  dueMs(mediaMs: number): number {
    return this.clock.dueMs(mediaMs);
  }

  /** Of the last frame, in pixels. */
  get size(): { width: number; height: number } {
    return this.#size;
  }

  /** Media time of what is shown, in milliseconds; undefined before the first. */
  get shownMs(): number | undefined {
    return this.#line.shownMs;
  }

  get decoding(): Decoding {
    return this.#line.decoding;
  }

  /** The clock minus the media time of what is shown, in milliseconds; undefined when nothing was shown lately. */
  get shownAgeMs(): number | undefined {
    return this.#position.ageMs();
  }

  /** Frames that came too late to be shown. */
  get dropped(): number {
    return this.#line.dropped;
  }

  /** Reads this rendition from now on, or none; the rest as VideoLine has it. */
  want(rendition: Rendition | null, urgent?: boolean, trial?: Rendition | null): void {
    this.#line.want(rendition, urgent, trial);
  }

  /** The publisher's picture is off. */
  clear(): void {
    this.#line.want(null);
    this.#painter.clear();
  }

  close(): void {
    this.#effect.close();
    this.#line.close();
    this.#painter.close();
    this.#source.close();
  }

  #show(frame: VideoFrame, pictures: ReadonlySet<PictureStream>): void {
    const first = this.rate.total === 0;
    this.rate.count();
    this.#position.at(frame.timestamp / 1000);
    this.#size = { width: frame.displayWidth, height: frame.displayHeight };
    const { rotation, flip } = this.#source.out.catalog.peek() ?? {};
    this.#painter.paint(frame, { rotation, flip });
    for (const picture of pictures) picture.show(frame);
    if (first) this.#events.first();
  }
}
