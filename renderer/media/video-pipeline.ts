import {
  type CodecFamily,
  canEncode,
  encodedSize,
  type PictureSize,
  planRendition,
  type RenditionPlan,
} from './codecs.ts';
import { MediaError } from './faults.ts';
import type { VideoSink } from './inputs.ts';
import type { TrackFeed } from './track-feed.ts';
import type { EncodingStats } from './types.ts';
import { VideoRendition } from './video-encoder.ts';

/** A window being resized changes size with each frame; renditions follow at most this often, in microseconds. */
const REPLAN_EVERY_US = 300_000;
/** An encoder that fails twice within this time is not tried a third time, in milliseconds. */
const FAILURE_MEMORY_MS = 30_000;

/** What the pipeline needs of the broadcast, and whom it tells. */
export interface VideoOutlet {
  feed(name: string): TrackFeed;
  endFeed(name: string): void;
  /** The renditions that can be read now: the catalog's. */
  changed(plans: readonly RenditionPlan[]): void;
  problem(error: MediaError): void;
}

/**
 * Encodes a source's frames into renditions (one, for now), whatever source they come from: its frames may change in
 * size and rate at any time.
 */
export class VideoPipeline implements VideoSink {
  readonly #outlet: VideoOutlet;
  readonly #failed = new Set<CodecFamily>();
  #renditions: VideoRendition[] = [];
  #frameRate = 30;
  #planned: (PictureSize & { frameRate: number }) | undefined;
  #plannedUs = Number.NEGATIVE_INFINITY;
  #planning = false;
  #lastFailure: { family: CodecFamily; atMs: number } | undefined;
  #closed = false;

  constructor(outlet: VideoOutlet) {
    this.#outlet = outlet;
  }

  /** The rate of the source that frames come from now. */
  setFrameRate(frameRate: number): void {
    this.#frameRate = Math.round(frameRate);
  }

  frame(frame: VideoFrame): void {
    if (this.#closed) return;
    this.#follow({ width: frame.displayWidth, height: frame.displayHeight }, frame.timestamp);
    for (const rendition of this.#renditions) rendition.frame(frame);
  }

  /** What is being encoded now, with totals. */
  active(): readonly VideoRendition[] {
    return this.#renditions.filter((rendition) => rendition.active);
  }

  /** Takes the picture out of the broadcast: there is no source. The next frame brings it back. */
  pause(): void {
    this.#planned = undefined;
    this.#plannedUs = Number.NEGATIVE_INFINITY;
    this.#replace([]);
  }

  close(): void {
    this.#closed = true;
    for (const rendition of this.#renditions.splice(0)) this.#drop(rendition);
  }

  #follow(source: PictureSize, atUs: number): void {
    const size = encodedSize(source);
    const now = { ...size, frameRate: this.#frameRate };
    const before = this.#planned;
    const same =
      before?.width === now.width && before.height === now.height && before.frameRate === now.frameRate;
    if (same || this.#planning || Math.abs(atUs - this.#plannedUs) < REPLAN_EVERY_US) return;
    this.#planned = now;
    this.#plannedUs = atUs;
    void this.#plan(now);
  }

  /** Plans renditions for the size; frames go on into the old ones meanwhile. */
  async #plan(wanted: PictureSize & { frameRate: number }): Promise<void> {
    this.#planning = true;
    try {
      const plan = await planRendition(wanted, wanted.frameRate, this.#failed, canEncode);
      // Paused or planned anew in between.
      if (this.#closed || this.#planned !== wanted) return;
      this.#replace(plan ? [plan] : []);
      if (!plan) this.#outlet.problem(new MediaError('encoder', 'unsupported'));
    } finally {
      this.#planning = false;
    }
  }

  #replace(plans: readonly RenditionPlan[]): void {
    const old = this.#renditions;
    // A rendition that only changes its settings keeps its track, so its readers stay where they are.
    for (const rendition of old) rendition.close();
    this.#renditions = plans.map(
      (plan) =>
        new VideoRendition(plan, this.#outlet.feed(plan.name), (error) =>
          this.#encoderFailed(plan.family, error),
        ),
    );
    this.#outlet.changed(plans);
    const kept = new Set(plans.map(({ name }) => name));
    for (const { plan } of old) if (!kept.has(plan.name)) this.#outlet.endFeed(plan.name);
  }

  /** The first failure is followed by one more try; the second within the time rules the codec out. */
  #encoderFailed(family: CodecFamily, error: Error): void {
    const last = this.#lastFailure;
    const again = last?.family === family && performance.now() - last.atMs < FAILURE_MEMORY_MS;
    this.#lastFailure = { family, atMs: performance.now() };
    if (again) this.#failed.add(family);
    this.#outlet.problem(new MediaError('encoder', 'failed', { cause: error }));
    this.#planned = undefined;
    this.#plannedUs = Number.NEGATIVE_INFINITY;
  }

  #drop(rendition: VideoRendition): void {
    rendition.close();
    this.#outlet.endFeed(rendition.plan.name);
  }
}

/** Rates of renditions between two looks at their totals. */
export class EncodingMeter {
  readonly #before = new WeakMap<VideoRendition, { frames: number; bytes: number; atMs: number }>();

  read(renditions: readonly VideoRendition[]): EncodingStats[] {
    const atMs = performance.now();
    return renditions.map((rendition) => {
      const { frames, bytes, plan } = rendition;
      const before = this.#before.get(rendition) ?? { frames, bytes, atMs: atMs - 1000 };
      this.#before.set(rendition, { frames, bytes, atMs });
      const seconds = Math.max(0.001, (atMs - before.atMs) / 1000);
      return {
        codec: plan.encoder.codec,
        width: plan.encoder.width,
        height: plan.encoder.height,
        framesPerSecond: Math.round((frames - before.frames) / seconds),
        bps: Math.round(((bytes - before.bytes) * 8) / seconds),
      };
    });
  }
}
