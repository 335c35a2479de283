import { PRIORITY, type VideoConfig } from '@moq/hang/catalog';
import type { Broadcast } from '@moq/watch';
import type { PlayoutClock } from './playout.ts';
import { type FrameArrival, VideoTrack } from './rendition-decoder.ts';

/** A rendition as it can be read. */
export interface Rendition {
  readonly name: string;
  readonly config: VideoConfig;
}

export interface LineEvents {
  /** This frame is the picture from now on. It stays the line's. */
  show(frame: VideoFrame): void;
  /** The picture is of this rendition from now on. */
  switched(name: string): void;
  arrived(arrival: FrameArrival): void;
}

/** Frames that went into decoders, and that came out. */
export interface Decoding {
  readonly fed: number;
  readonly decoded: number;
}

/** How far a rendition that is to take over goes before or behind the one that plays; sound stays above (80). */
const PRIORITY_STEP = 10;
/** After a decoder failed none is opened for this time, in milliseconds. */
const RETRY_MS = 1_000;
/** What is due this soon is shown now: no timer is more exact. In milliseconds. */
const TIMER_SLACK_MS = 1;

/**
 * The one picture, from one rendition after another. While it changes, two decoders run: the new one is fed from its
 * keyframe, and takes over with the first of its frames that is due.
 */
export class VideoLine {
  readonly #broadcast: Broadcast;
  readonly #clock: PlayoutClock;
  readonly #events: LineEvents;
  #active: VideoTrack | undefined;
  #pending: VideoTrack | undefined;
  /** The pending one is not to be shown. */
  #onTrial = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = Number.NEGATIVE_INFINITY;
  #shownUs: number | undefined;
  #empty = true;
  #dropped = 0;
  #fed = 0;
  #decoded = 0;

  constructor(broadcast: Broadcast, clock: PlayoutClock, events: LineEvents) {
    this.#broadcast = broadcast;
    this.#clock = clock;
    this.#events = events;
  }

  /** Media time of the picture, in milliseconds; undefined before the first. */
  get shownMs(): number | undefined {
    return this.#shownUs === undefined ? undefined : this.#shownUs / 1000;
  }

  get decoding(): Decoding {
    return { fed: this.#fed, decoded: this.#decoded };
  }

  /** Frames that were decoded and never shown, since something newer was due. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The decoder of what is shown has more to do than it can. */
  get overloaded(): boolean {
    return this.#active?.overloaded ?? false;
  }

  /** The rendition whose picture is shown. */
  get active(): Rendition | undefined {
    return this.#active;
  }

  /**
   * What is to be shown from now on; null is no picture, and the last one stays. `urgent` lets it go before what plays
   * on the link, where that can no longer get through; otherwise it must not hurt what plays. `trial` is read and
   * decoded as well, without being shown, while nothing else is to take over.
   */
  want(rendition: Rendition | null, urgent = false, trial: Rendition | null = null): void {
    if (!rendition) {
      this.#drop();
      return;
    }
    const settled = this.#active !== undefined && !this.#active.ended && sameTrack(this.#active, rendition);
    const next = settled ? trial : rendition;
    this.#onTrial = settled;
    if (this.#pending && (!next || !sameTrack(this.#pending, next))) {
      this.#pending.close();
      this.#pending = undefined;
    }
    if (!next) return;
    // The publisher has it no more, or not yet.
    if (this.#pending?.ended && this.#pending.frames.length === 0) this.#failed(this.#pending);
    if (this.#pending) {
      this.#pending.timed = !settled;
      return;
    }
    if (performance.now() < this.#retryMs) return;
    const aside = urgent ? PRIORITY_STEP : -PRIORITY_STEP;
    this.#pending = this.#open(next, PRIORITY.video + (this.#active ? aside : 0), !settled);
  }

  close(): void {
    this.#drop();
  }

  #open({ name, config }: Rendition, priority: number, timed: boolean): VideoTrack {
    const track: VideoTrack = new VideoTrack(this.#broadcast, name, config, priority, timed, this.#clock, {
      arrived: this.#events.arrived,
      fed: () => {
        this.#fed += 1;
      },
      decoded: () => {
        this.#decoded += 1;
        this.#tick();
      },
      rewound: () => {
        if (track !== this.#active) return;
        this.#clock.reset();
        this.#shownUs = undefined;
      },
      failed: () => this.#failed(track),
    });
    return track;
  }

  /** Shows what is due, and comes back for what will be. */
  #tick(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now() + TIMER_SLACK_MS;
    const old = this.#active ? this.#take(this.#active, nowMs) : undefined;
    const next = this.#pending ? this.#take(this.#pending, nowMs) : undefined;
    if (next && this.#pending && !this.#onTrial && (!old || next.timestamp >= old.timestamp)) {
      this.#promote(this.#pending);
      old?.close();
      this.#show(next);
    } else {
      next?.close();
      if (old) this.#show(old);
    }
    const dueMs = Math.min(nextDue(this.#active, this.#clock), nextDue(this.#pending, this.#clock));
    if (dueMs < Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#tick(), Math.max(0, dueMs - performance.now()));
    }
  }

  /** The newest frame that is due and newer than what is shown, or as new where another rendition is to take over. */
  #take(track: VideoTrack, nowMs: number): VideoFrame | undefined {
    const before = track.frames.length;
    // The first picture of all is shown at once.
    const due = track.takeDue(nowMs) ?? (this.#empty ? track.frames.shift() : undefined);
    const taken = before - track.frames.length;
    if (track === this.#active && taken > 1) this.#dropped += taken - 1;
    const shownUs = this.#shownUs ?? Number.NEGATIVE_INFINITY;
    if (!due || due.timestamp > shownUs || (track === this.#pending && due.timestamp === shownUs)) return due;
    due.close();
    return undefined;
  }

  #promote(track: VideoTrack): void {
    this.#active?.close();
    this.#active = track;
    this.#pending = undefined;
    track.priority = PRIORITY.video;
    this.#events.switched(track.name);
  }

  #show(frame: VideoFrame): void {
    this.#shownUs = frame.timestamp;
    this.#empty = false;
    try {
      this.#events.show(frame);
    } finally {
      frame.close();
    }
  }

  /** The last picture stays until another decoder has one: what is wanted is wanted again and again. */
  #failed(track: VideoTrack): void {
    track.close();
    if (track === this.#pending) this.#pending = undefined;
    if (track === this.#active) this.#active = undefined;
    this.#retryMs = performance.now() + RETRY_MS;
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#pending?.close();
    this.#active?.close();
    this.#pending = undefined;
    this.#active = undefined;
  }
}

function nextDue(track: VideoTrack | undefined, clock: PlayoutClock): number {
  const frame = track?.frames[0];
  return frame ? clock.dueMs(frame.timestamp / 1000) : Number.POSITIVE_INFINITY;
}

/** Whether one decoder does for both: size, rate and bits may change within a track. */
function sameTrack(a: Rendition, b: Rendition): boolean {
  return a.name === b.name && decoding(a.config) === decoding(b.config);
}

function decoding({ codec, description, container, broadcast }: VideoConfig): string {
  return JSON.stringify([codec, description, container, broadcast]);
}
