import type { Uplink } from '../../../common/bridge/uplink.ts';
import { MediaError } from '../shared/media-error.ts';
import type { PublisherLimits } from '../shared/publisher-types.ts';
import { nowUs } from '../sources/media-clock.ts';
import type { VideoSink } from '../sources/source.ts';
import { AUDIO_TRACK } from './catalog.ts';
import { type CodecFamily, canEncode, planLadder, type RenditionPlan } from './codecs.ts';
import { FrameRepeater } from './frame-repeater.ts';
import { KeyframeClock } from './keyframe-clock.ts';
import { type Content, encodedSize, ladderFor, maxLinesOf, type VideoSize } from './ladder.ts';
import { limitLadder } from './ladder-limits.ts';
import type { LiveTrack } from './live-track.ts';
import { LoadGovernor } from './load-governor.ts';
import { canFollow, followRates, MIN_RATE_SHARE } from './rate-follower.ts';
import { RenditionEncoder } from './rendition-encoder.ts';
import { allocateUpload, viewerCount } from './upload-allocation.ts';

/**
 * Minimum time between ladder changes, in microseconds. Without this limit, resizing a captured window would
 * change the ladder with each frame.
 */
const REPLAN_INTERVAL_US = 300_000;
/**
 * If a rendition's software encoder fails again within this time, in milliseconds, the codec is no longer
 * used.
 */
const FAILURE_MEMORY_MS = 30_000;
/** Interval between load samples, in milliseconds. The constants in LoadGovernor assume this value. */
const LOAD_SAMPLE_MS = 1_000;

/** The tracks and callbacks that a broadcast passes to its `VideoPipeline`. */
interface VideoPipelineOutput {
  /** Opens the track of a rendition. */
  track(name: string): LiveTrack;
  endTrack(name: string): void;
  /**
   * Runs when the renditions for the catalog change. `note` tells the user why renditions are missing or
   * reduced; null if none are.
   */
  renditionsChanged(plans: readonly RenditionPlan[], note: string | null): void;
  /** Current audio bitrate for one viewer, in bits per second. */
  audioBps(): number;
  problem(error: MediaError): void;
}

/** Inputs to the ladder plan. A change in any of them requires a new plan. */
interface LadderInput extends VideoSize {
  frameRate: number;
  content: Content;
}

/**
 * Encodes a source's frames into renditions whose groups start at the same frames. The frames may change in
 * size and rate at any time, for example when the source changes.
 */
export class VideoPipeline implements VideoSink {
  readonly #output: VideoPipelineOutput;
  readonly #failures = { families: new Set<CodecFamily>(), hardware: new Set<string>() };
  readonly #keyframes = new KeyframeClock();
  readonly #repeater = new FrameRepeater(
    (frame) => this.#encode(frame),
    () => this.#keyframes.requested,
  );
  #limits: PublisherLimits;
  #governor = new LoadGovernor('motion');
  #ladder: readonly RenditionPlan[] = [];
  #encoders: readonly RenditionEncoder[] = [];
  #frameRate = 30;
  #content: Content = 'motion';
  #sourceSize: VideoSize | undefined;
  #planned: LadderInput | undefined;
  #plannedUs = Number.NEGATIVE_INFINITY;
  #planning = false;
  #lastTimestampUs = Number.NEGATIVE_INFINITY;
  #loadSampledMs = Number.NEGATIVE_INFINITY;
  #lastFailure: { name: string; atMs: number } | undefined;
  /** Undefined if the connections to the readers are not measured, so that no bitrate can follow them. */
  #uplink: Uplink | null | undefined;
  #note: string | null = null;
  #followed = '';
  #closed = false;

  constructor(output: VideoPipelineOutput, limits: PublisherLimits) {
    this.#output = output;
    this.#limits = limits;
  }

  /** Sets the frame rate (in frames per second) and the content type of the current source. */
  setSource(frameRate: number, content: Content): void {
    this.#frameRate = Math.round(frameRate);
    if (content === this.#content) return;
    this.#content = content;
    this.#governor = new LoadGovernor(content);
  }

  /** Applies new limits and viewer counts. */
  setLimits(limits: PublisherLimits): void {
    const before = this.#limits;
    this.#limits = limits;
    if (limits.maxResolution !== before.maxResolution) this.#replan();
    else this.#applyLadder();
    // Main sends a new viewer the current group from its beginning. Start a new group now, so that the viewer
    // can skip almost all of the current one.
    if (
      this.activeEncoders().some(
        ({ plan: { name } }) => viewerCount(limits, name) > viewerCount(before, name),
      )
    ) {
      this.#keyframes.request();
    }
  }

  /**
   * Lets the bitrates of renditions with a single reader follow the connections to the readers. Null means that
   * nobody reads the broadcast over a network.
   */
  setUplink(uplink: Uplink | null): void {
    this.#uplink = uplink;
    this.#applyRates();
    if (this.#followedNames() !== this.#followed) this.#reportRenditions();
  }

  /** Adjusts the ladder when the audio bitrate changes, because audio and video share the upload limit. */
  audioBitrateChanged(): void {
    this.#applyLadder();
  }

  frame(frame: VideoFrame): void {
    if (this.#closed) return;
    this.#sourceSize = { width: frame.displayWidth, height: frame.displayHeight };
    this.#planIfChanged(this.#sourceSize, frame.timestamp);
    this.#repeater.keep(frame);
    this.#encode(frame);
    this.#sampleLoad();
  }

  /** The renditions that are being encoded. */
  activeEncoders(): readonly RenditionEncoder[] {
    return this.#encoders.filter((encoder) => encoder.active);
  }

  /** Removes video from the broadcast until the next frame arrives. */
  pause(): void {
    this.#discardPlan();
    this.#sourceSize = undefined;
    this.#repeater.clear();
    this.#ladder = [];
    this.#applyLadder();
  }

  /** Ends all tracks. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#repeater.clear();
    for (const encoder of this.#encoders) {
      encoder.close();
      this.#output.endTrack(encoder.plan.name);
    }
    this.#encoders = [];
  }

  #encode(frame: VideoFrame): void {
    const active = this.activeEncoders();
    if (active.length === 0 || frame.timestamp <= this.#lastTimestampUs) return;
    this.#lastTimestampUs = frame.timestamp;
    const key = this.#keyframes.due(frame.timestamp);
    for (const encoder of active) encoder.frame(frame, key, this.#frameRate);
  }

  #planIfChanged(source: VideoSize, atUs: number): void {
    const size = encodedSize(source, maxLinesOf(this.#limits.maxResolution));
    const input: LadderInput = { ...size, frameRate: this.#frameRate, content: this.#content };
    if (sameInput(this.#planned, input)) return;
    if (this.#planning || Math.abs(atUs - this.#plannedUs) < REPLAN_INTERVAL_US) return;
    this.#planned = input;
    this.#plannedUs = atUs;
    void this.#plan(input);
  }

  /** Plans the ladder again immediately, because a static source may produce no more frames. */
  #replan(): void {
    this.#discardPlan();
    if (this.#sourceSize) this.#planIfChanged(this.#sourceSize, nowUs());
  }

  #discardPlan(): void {
    this.#planned = undefined;
    this.#plannedUs = Number.NEGATIVE_INFINITY;
  }

  /** Plans the ladder. Until the new ladder is ready, frames are encoded with the old one. */
  async #plan(input: LadderInput): Promise<void> {
    this.#planning = true;
    try {
      const { maxResolution } = this.#limits;
      const formats = ladderFor(input, input.frameRate, input.content, maxResolution);
      const ladder = await planLadder(formats, input.content, this.#failures, canEncode);
      // The source might have been paused, or another plan started, while this plan was being made.
      if (this.#closed || this.#planned !== input) return;
      if (names(ladder) !== names(this.#ladder)) this.#governor = new LoadGovernor(input.content);
      this.#ladder = ladder;
      this.#applyLadder();
      if (ladder.length === 0) this.#output.problem(new MediaError('encoder', 'unsupported'));
    } finally {
      this.#planning = false;
      // If another plan was requested in the meantime, start it now, because there might be no further frame
      // to trigger it.
      if (!this.#planned && !this.#closed) this.#replan();
    }
  }

  /** Creates, adjusts and closes encoders to match the ladder within the CPU and upload limits. */
  #applyLadder(): void {
    if (this.#closed) return;
    const { plans, note } = limitLadder(this.#ladder, this.#content, this.#governor.reduction, (encodable) =>
      allocateUpload(encodable, this.#limits, this.#output.audioBps()),
    );
    const before = new Map(this.#encoders.map((encoder) => [encoder.plan.name, encoder]));
    this.#encoders = plans.map((plan) => {
      const present = before.get(plan.name);
      // A rendition keeps its track, and therefore its readers, if only its bitrate or frame rate changes.
      if (!present?.closed && present && sameEncoder(present.plan, plan)) {
        present.adjust(plan);
        return present;
      }
      present?.close();
      return this.#createEncoder(plan);
    });
    this.#note = note;
    this.#applyRates();
    this.#reportRenditions();
    const kept = new Set(plans.map(({ name }) => name));
    for (const [name, encoder] of before) {
      if (kept.has(name)) continue;
      encoder.close();
      this.#output.endTrack(name);
    }
    this.#updateRepeater();
  }

  #applyRates(): void {
    const rates = followRates({
      uplink: this.#uplink ?? null,
      renditions: this.#encoders.map(({ plan }) => ({ name: plan.name, fullBps: plan.encoder.bitrate ?? 0 })),
      audioTrack: AUDIO_TRACK,
      audioBps: this.#output.audioBps(),
    });
    for (const encoder of this.#encoders) {
      encoder.limitBitrate(rates.get(encoder.plan.name) ?? Number.POSITIVE_INFINITY);
    }
  }

  #follows(name: string): boolean {
    return this.#uplink !== undefined && canFollow(this.#uplink, name);
  }

  #followedNames(): string {
    return this.#encoders.flatMap(({ plan: { name } }) => (this.#follows(name) ? [name] : [])).join(' ');
  }

  #reportRenditions(): void {
    this.#followed = this.#followedNames();
    const plans = this.#encoders.map(({ plan }) =>
      this.#follows(plan.name)
        ? { ...plan, minBitrateBps: Math.round((plan.encoder.bitrate ?? 0) * MIN_RATE_SHARE) }
        : plan,
    );
    this.#output.renditionsChanged(plans, this.#note);
  }

  #createEncoder(plan: RenditionPlan): RenditionEncoder {
    return new RenditionEncoder(plan, this.#output.track(plan.name), {
      readerJoined: (starting) => {
        if (starting) this.#keyframes.renditionStarting(nowUs());
        else this.#keyframes.request();
        this.#updateRepeater();
      },
      readersGone: () => this.#updateRepeater(),
      failed: (error) => this.#encoderFailed(plan, error),
    });
  }

  #updateRepeater(): void {
    this.#repeater.running = this.activeEncoders().length > 0;
  }

  #sampleLoad(): void {
    const nowMs = performance.now();
    if (nowMs - this.#loadSampledMs < LOAD_SAMPLE_MS) return;
    this.#loadSampledMs = nowMs;
    const loads = this.activeEncoders().map((encoder) => {
      const { name, encoder: config } = encoder.plan;
      const frameRate = config.framerate ?? this.#frameRate;
      return { name, frameRate, encodeMs: encoder.encodeMs, ...encoder.readCounters() };
    });
    const ladder = this.#ladder.map(({ name }) => name);
    if (this.#governor.sample(ladder, loads)) this.#applyLadder();
  }

  /**
   * Handles an encoder failure. A failed hardware encoder is not used for the rendition again. A software
   * encoder is restarted once; if it soon fails again, the codec is ruled out.
   */
  #encoderFailed({ name, family, encoder }: RenditionPlan, error: Error): void {
    if (encoder.hardwareAcceleration === 'prefer-hardware') this.#failures.hardware.add(name);
    else {
      const last = this.#lastFailure;
      const repeated = last?.name === name && performance.now() - last.atMs < FAILURE_MEMORY_MS;
      this.#lastFailure = { name, atMs: performance.now() };
      if (repeated) this.#failures.families.add(family);
      this.#output.problem(new MediaError('encoder', 'failed', { cause: error }));
    }
    this.#replan();
  }
}

function names(plans: readonly RenditionPlan[]): string {
  return plans.map(({ name }) => name).join(' ');
}

function sameInput(a: LadderInput | undefined, b: LadderInput): boolean {
  return (
    a?.width === b.width && a.height === b.height && a.frameRate === b.frameRate && a.content === b.content
  );
}

/**
 * Whether an encoder for plan `a` can be adjusted to plan `b`, that is, whether they differ only in bitrate
 * and frame rate.
 */
function sameEncoder({ encoder: a }: RenditionPlan, { encoder: b }: RenditionPlan): boolean {
  return (
    a.codec === b.codec &&
    a.width === b.width &&
    a.height === b.height &&
    a.hardwareAcceleration === b.hardwareAcceleration &&
    a.contentHint === b.contentHint
  );
}
