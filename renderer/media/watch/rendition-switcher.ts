import { PRIORITY, type VideoConfig } from '@moq/hang/catalog';
import type { Broadcast } from '@moq/watch';
import type { PlayoutClock } from './playout.ts';
import { type FrameArrival, RenditionDecoder } from './rendition-decoder.ts';

/** A video track in the catalog. */
export interface Rendition {
  readonly name: string;
  readonly config: VideoConfig;
  /** See `RenditionOffer.minBitrateBps`. */
  readonly minBitrateBps?: number | undefined;
}

/** Callbacks for a `RenditionSwitcher`. */
export interface RenditionSwitcherEvents {
  /** Shows a frame. The switcher closes the frame after the call. */
  show(frame: VideoFrame): void;
  /** Runs when the shown rendition changes, just before its first frame. */
  switched(name: string): void;
  arrived(arrival: FrameArrival): void;
}

/** Total number of frames that entered the decoders, and of frames that left them. */
export interface DecodeCounts {
  readonly fed: number;
  readonly decoded: number;
}

/**
 * Priority difference between a pending rendition and the active one. Audio has a higher priority (80) than
 * either.
 */
const PRIORITY_STEP = 10;
/** Pause between a decoder failure and the next attempt, in milliseconds. */
const RETRY_MS = 1_000;
/**
 * A frame may be shown this long before it is due, in milliseconds, because timers are not precise enough to
 * fire exactly on time.
 */
const TIMER_SLACK_MS = 1;

/**
 * Shows one video whose rendition can change. During a switch, a second decoder starts at a keyframe and
 * becomes active when its first frame is due.
 */
export class RenditionSwitcher {
  readonly #broadcast: Broadcast;
  readonly #clock: PlayoutClock;
  readonly #events: RenditionSwitcherEvents;
  #active: RenditionDecoder | undefined;
  #pending: RenditionDecoder | undefined;
  /** Whether the pending rendition is only probed and not shown. */
  #isProbe = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = Number.NEGATIVE_INFINITY;
  #shownUs: number | undefined;
  #nothingShown = true;
  #dropped = 0;
  #fed = 0;
  #decoded = 0;

  constructor(broadcast: Broadcast, clock: PlayoutClock, events: RenditionSwitcherEvents) {
    this.#broadcast = broadcast;
    this.#clock = clock;
    this.#events = events;
  }

  /** Media time of the shown frame, in milliseconds; undefined before the first frame. */
  get shownMs(): number | undefined {
    return this.#shownUs === undefined ? undefined : this.#shownUs / 1000;
  }

  /** Frame totals of all decoders so far. */
  get decodeCounts(): DecodeCounts {
    return { fed: this.#fed, decoded: this.#decoded };
  }

  /** Total number of frames that were decoded but skipped because a newer one was due. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether the active decoder cannot keep up. */
  get overloaded(): boolean {
    return this.#active?.overloaded ?? false;
  }

  /** The shown rendition; undefined before the first frame. */
  get active(): Rendition | undefined {
    return this.#active;
  }

  /**
   * Selects the rendition to show. Call this repeatedly, because only another call retries after a failure.
   *
   * @param rendition null stops reading and keeps the last frame on screen
   * @param urgent gives the new rendition priority, because the active one no longer arrives on time
   * @param probe a rendition to read and decode without showing it, while no switch is in progress
   */
  select(rendition: Rendition | null, urgent = false, probe: Rendition | null = null): void {
    if (!rendition) {
      this.#closeDecoders();
      return;
    }
    const settled = this.#active !== undefined && !this.#active.ended && sameTrack(this.#active, rendition);
    const next = settled ? probe : rendition;
    this.#isProbe = settled;
    if (this.#pending && (!next || !sameTrack(this.#pending, next))) {
      this.#pending.close();
      this.#pending = undefined;
    }
    if (!next) return;
    // The track has ended because the publisher removed it or never had it.
    if (this.#pending?.ended && this.#pending.frames.length === 0) this.#handleFailure(this.#pending);
    if (this.#pending) {
      this.#pending.drivesClock = !settled;
      return;
    }
    if (performance.now() < this.#retryMs) return;
    const step = urgent ? PRIORITY_STEP : -PRIORITY_STEP;
    this.#pending = this.#open(next, PRIORITY.video + (this.#active ? step : 0), !settled);
  }

  close(): void {
    this.#closeDecoders();
  }

  #open({ name, config }: Rendition, priority: number, timed: boolean): RenditionDecoder {
    const decoder: RenditionDecoder = new RenditionDecoder(
      this.#broadcast,
      name,
      config,
      priority,
      timed,
      this.#clock,
      {
        arrived: this.#events.arrived,
        fed: () => {
          this.#fed += 1;
        },
        decoded: () => {
          this.#decoded += 1;
          this.#showDue();
        },
        rewound: () => {
          if (decoder !== this.#active) return;
          this.#clock.reset();
          this.#shownUs = undefined;
        },
        failed: () => this.#handleFailure(decoder),
      },
    );
    return decoder;
  }

  /** Shows the due frame and schedules the next call. */
  #showDue(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now() + TIMER_SLACK_MS;
    const old = this.#active ? this.#shiftDue(this.#active, nowMs) : undefined;
    const next = this.#pending ? this.#shiftDue(this.#pending, nowMs) : undefined;
    if (next && this.#pending && !this.#isProbe && (!old || next.timestamp >= old.timestamp)) {
      this.#promote(this.#pending);
      old?.close();
      this.#show(next);
    } else {
      next?.close();
      if (old) this.#show(old);
    }
    const dueMs = Math.min(nextDueMs(this.#active, this.#clock), nextDueMs(this.#pending, this.#clock));
    if (dueMs < Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#showDue(), Math.max(0, dueMs - performance.now()));
    }
  }

  /**
   * Removes the newest due frame and returns it if it is newer than the shown frame. A frame of the pending
   * rendition is also accepted if its timestamp equals the shown frame's.
   */
  #shiftDue(decoder: RenditionDecoder, nowMs: number): VideoFrame | undefined {
    const before = decoder.frames.length;
    // The very first frame is shown even before it is due.
    const due = decoder.shiftDue(nowMs) ?? (this.#nothingShown ? decoder.frames.shift() : undefined);
    const removed = before - decoder.frames.length;
    if (decoder === this.#active && removed > 1) this.#dropped += removed - 1;
    const shownUs = this.#shownUs ?? Number.NEGATIVE_INFINITY;
    if (!due || due.timestamp > shownUs || (decoder === this.#pending && due.timestamp === shownUs))
      return due;
    due.close();
    return undefined;
  }

  #promote(decoder: RenditionDecoder): void {
    this.#active?.close();
    this.#active = decoder;
    this.#pending = undefined;
    decoder.priority = PRIORITY.video;
    this.#events.switched(decoder.name);
  }

  #show(frame: VideoFrame): void {
    this.#shownUs = frame.timestamp;
    this.#nothingShown = false;
    try {
      this.#events.show(frame);
    } finally {
      frame.close();
    }
  }

  /** Closes a failed decoder. The last frame stays on screen, and a later `select` retries. */
  #handleFailure(decoder: RenditionDecoder): void {
    decoder.close();
    if (decoder === this.#pending) this.#pending = undefined;
    if (decoder === this.#active) this.#active = undefined;
    this.#retryMs = performance.now() + RETRY_MS;
  }

  #closeDecoders(): void {
    clearTimeout(this.#timer);
    this.#pending?.close();
    this.#active?.close();
    this.#pending = undefined;
    this.#active = undefined;
  }
}

function nextDueMs(decoder: RenditionDecoder | undefined, clock: PlayoutClock): number {
  const frame = decoder?.frames[0];
  return frame ? clock.dueMs(frame.timestamp / 1000) : Number.POSITIVE_INFINITY;
}

/** Whether both renditions can use the same decoder. Size, frame rate and bitrate may change within a track. */
function sameTrack(a: Rendition, b: Rendition): boolean {
  return a.name === b.name && decoderKey(a.config) === decoderKey(b.config);
}

function decoderKey({ codec, description, container, broadcast }: VideoConfig): string {
  return JSON.stringify([codec, description, container, broadcast]);
}
