import { MediaError } from '../shared/faults.ts';
import type { PublisherLimits } from '../shared/types.ts';
import type { VideoSink } from '../sources/inputs.ts';
import { nowUs } from '../sources/media-clock.ts';
import { type CodecFamily, canEncode, planLadder, type RenditionPlan } from './codecs.ts';
import { LoadGovernor } from './encoder-load.ts';
import { KeyframeClock } from './keyframes.ts';
import { type Content, encodedSize, ladderFor, maxLinesOf, type PictureSize } from './ladder.ts';
import { offersOf } from './offers.ts';
import { StillPicture } from './still-frame.ts';
import type { TrackFeed } from './track-feed.ts';
import { uploadShares, viewersOf } from './upload-shares.ts';
import { VideoRendition } from './video-encoder.ts';

/** A window being resized changes size with each frame; renditions follow at most this often, in microseconds. */
const REPLAN_EVERY_US = 300_000;
/** An encoder that fails twice within this time is not tried a third time, in milliseconds. */
const FAILURE_MEMORY_MS = 30_000;
/** How often it is looked whether the encoders keep up, in milliseconds: what LoadGovernor's counts are made for. */
const LOAD_LOOK_MS = 1_000;

/** What the pipeline needs of the broadcast, and whom it tells. */
export interface VideoOutlet {
  feed(name: string): TrackFeed;
  endFeed(name: string): void;
  /** The renditions that can be read now: the catalog's. `note`: why they are fewer or slower than they might be. */
  changed(plans: readonly RenditionPlan[], note: string | null): void;
  /** What the sound takes for each listener, in bits per second. */
  soundBps(): number;
  problem(error: MediaError): void;
}

interface Wanted extends PictureSize {
  frameRate: number;
  content: Content;
}

/**
 * Encodes a source's frames into renditions, whatever source they come from: its frames may change in size and rate
 * at any time. All renditions are made of the same frames, and their groups begin at the same ones.
 */
export class VideoPipeline implements VideoSink {
  readonly #outlet: VideoOutlet;
  readonly #failed = { families: new Set<CodecFamily>(), hardware: new Set<string>() };
  readonly #keys = new KeyframeClock();
  readonly #still = new StillPicture(
    (frame) => this.#encode(frame),
    () => this.#keys.wanted,
  );
  #limits: PublisherLimits;
  #governor = new LoadGovernor('motion');
  #ladder: readonly RenditionPlan[] = [];
  #renditions: readonly VideoRendition[] = [];
  #frameRate = 30;
  #content: Content = 'motion';
  #source: PictureSize | undefined;
  #planned: Wanted | undefined;
  #plannedUs = Number.NEGATIVE_INFINITY;
  #planning = false;
  #lastUs = Number.NEGATIVE_INFINITY;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #lastFailure: { name: string; atMs: number } | undefined;
  #closed = false;

  constructor(outlet: VideoOutlet, limits: PublisherLimits) {
    this.#outlet = outlet;
    this.#limits = limits;
  }

  /** The rate, in frames a second, and the kind of the source that frames come from now. */
  setSource(frameRate: number, content: Content): void {
    this.#frameRate = Math.round(frameRate);
    if (content === this.#content) return;
    this.#content = content;
    this.#governor = new LoadGovernor(content);
  }

  setLimits(limits: PublisherLimits): void {
    const before = this.#limits;
    this.#limits = limits;
    if (limits.maxResolution !== before.maxResolution) this.#replan();
    else this.#offer();
    // Main gives one who comes later the present group from its start; a new one lets them skip all but its end.
    if (this.active().some(({ plan: { name } }) => viewersOf(limits, name) > viewersOf(before, name))) {
      this.#keys.request();
    }
  }

  /** The sound's bit rate has changed, which is taken off what pictures may have. */
  soundChanged(): void {
    this.#offer();
  }

  frame(frame: VideoFrame): void {
    if (this.#closed) return;
    this.#source = { width: frame.displayWidth, height: frame.displayHeight };
    this.#follow(this.#source, frame.timestamp);
    this.#still.keep(frame);
    this.#encode(frame);
    this.#lookAtLoad();
  }

  /** What is being encoded now, with totals. */
  active(): readonly VideoRendition[] {
    return this.#renditions.filter((rendition) => rendition.active);
  }

  /** Takes the picture out of the broadcast: there is no source. The next frame brings it back. */
  pause(): void {
    this.#forgetPlan();
    this.#source = undefined;
    this.#still.clear();
    this.#ladder = [];
    this.#offer();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#still.clear();
    for (const rendition of this.#renditions) {
      rendition.close();
      this.#outlet.endFeed(rendition.plan.name);
    }
    this.#renditions = [];
  }

  #encode(frame: VideoFrame): void {
    const active = this.active();
    if (active.length === 0 || frame.timestamp <= this.#lastUs) return;
    this.#lastUs = frame.timestamp;
    const key = this.#keys.due(frame.timestamp);
    for (const rendition of active) rendition.frame(frame, key, this.#frameRate);
  }

  #follow(source: PictureSize, atUs: number): void {
    const size = encodedSize(source, maxLinesOf(this.#limits.maxResolution));
    const now: Wanted = { ...size, frameRate: this.#frameRate, content: this.#content };
    if (sameWish(this.#planned, now)) return;
    if (this.#planning || Math.abs(atUs - this.#plannedUs) < REPLAN_EVERY_US) return;
    this.#planned = now;
    this.#plannedUs = atUs;
    void this.#plan(now);
  }

  /** Plans anew with the next frame, or with the last one where the picture stands still. */
  #replan(): void {
    this.#forgetPlan();
    if (this.#source) this.#follow(this.#source, nowUs());
  }

  #forgetPlan(): void {
    this.#planned = undefined;
    this.#plannedUs = Number.NEGATIVE_INFINITY;
  }

  /** Plans the ladder for the size; frames go on into the old one meanwhile. */
  async #plan(wanted: Wanted): Promise<void> {
    this.#planning = true;
    try {
      const { maxResolution } = this.#limits;
      const rungs = ladderFor(wanted, wanted.frameRate, wanted.content, maxResolution);
      const ladder = await planLadder(rungs, wanted.content, this.#failed, canEncode);
      // Paused or planned anew in between.
      if (this.#closed || this.#planned !== wanted) return;
      if (names(ladder) !== names(this.#ladder)) this.#governor = new LoadGovernor(wanted.content);
      this.#ladder = ladder;
      this.#offer();
      if (ladder.length === 0) this.#outlet.problem(new MediaError('encoder', 'unsupported'));
    } finally {
      this.#planning = false;
      // Asked for while this plan was made, and no frame may come to ask again.
      if (!this.#planned && !this.#closed) this.#replan();
    }
  }

  /** Brings the renditions in line with the ladder and what the machine and the upload allow of it. */
  #offer(): void {
    if (this.#closed) return;
    const { plans, note } = offersOf(this.#ladder, this.#content, this.#governor.relief, (encodable) =>
      uploadShares(encodable, this.#limits, this.#outlet.soundBps()),
    );
    const before = new Map(this.#renditions.map((rendition) => [rendition.plan.name, rendition]));
    this.#renditions = plans.map((plan) => {
      const present = before.get(plan.name);
      // A rendition that only changes its settings keeps its track, so its readers stay where they are.
      if (!present?.closed && present && sameEncoder(present.plan, plan)) {
        present.adjust(plan);
        return present;
      }
      present?.close();
      return this.#open(plan);
    });
    this.#outlet.changed(plans, note);
    const kept = new Set(plans.map(({ name }) => name));
    for (const [name, rendition] of before) {
      if (kept.has(name)) continue;
      rendition.close();
      this.#outlet.endFeed(name);
    }
    this.#demandChanged();
  }

  #open(plan: RenditionPlan): VideoRendition {
    return new VideoRendition(plan, this.#outlet.feed(plan.name), {
      joined: (starting) => {
        if (starting) this.#keys.starting(nowUs());
        else this.#keys.request();
        this.#demandChanged();
      },
      left: () => this.#demandChanged(),
      failed: (error) => this.#encoderFailed(plan, error),
    });
  }

  #demandChanged(): void {
    this.#still.running = this.active().length > 0;
  }

  #lookAtLoad(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs < LOAD_LOOK_MS) return;
    this.#lookedMs = nowMs;
    const loads = this.active().map((rendition) => {
      const { name, encoder } = rendition.plan;
      const frameRate = encoder.framerate ?? this.#frameRate;
      return { name, frameRate, encodeMs: rendition.encodeMs, ...rendition.takeWork() };
    });
    const ladder = this.#ladder.map(({ name }) => name);
    if (this.#governor.look(ladder, loads)) this.#offer();
  }

  /** Hardware that fails is not tried again. Otherwise there is one more try; a second failure rules the codec out. */
  #encoderFailed({ name, family, encoder }: RenditionPlan, error: Error): void {
    if (encoder.hardwareAcceleration === 'prefer-hardware') this.#failed.hardware.add(name);
    else {
      const last = this.#lastFailure;
      const again = last?.name === name && performance.now() - last.atMs < FAILURE_MEMORY_MS;
      this.#lastFailure = { name, atMs: performance.now() };
      if (again) this.#failed.families.add(family);
      this.#outlet.problem(new MediaError('encoder', 'failed', { cause: error }));
    }
    this.#replan();
  }
}

function names(plans: readonly RenditionPlan[]): string {
  return plans.map(({ name }) => name).join(' ');
}

function sameWish(one: Wanted | undefined, two: Wanted): boolean {
  return (
    one?.width === two.width &&
    one.height === two.height &&
    one.frameRate === two.frameRate &&
    one.content === two.content
  );
}

/** Whether an encoder for one serves for the other, with other rates at most. */
function sameEncoder({ encoder: one }: RenditionPlan, { encoder: two }: RenditionPlan): boolean {
  return (
    one.codec === two.codec &&
    one.width === two.width &&
    one.height === two.height &&
    one.hardwareAcceleration === two.hardwareAcceleration &&
    one.contentHint === two.contentHint
  );
}
