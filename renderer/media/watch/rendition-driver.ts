import { Effect, type Getter } from '@moq/signals';
import type { Readable } from '../../../common/base/store.ts';
import type {
  ConnectionFacts,
  RenditionDecision,
  RenditionOffer,
} from '../../../common/bridge/renditions.ts';
import { type DownlinkEstimate, DownlinkEstimator } from './adaptation/downlink-estimate.ts';
import type { PlayerFacts } from './adaptation/policy-types.ts';
import { sortedBySize, type View } from './adaptation/rendition-ceiling.ts';
import { RENDITION_CONFIG } from './adaptation/rendition-config.ts';
import { RenditionPolicy } from './adaptation/rendition-policy.ts';
import { bottleneckNote } from './adaptation/rendition-words.ts';
import { LATENESS_MS, Punctuality } from './punctuality.ts';
import type { FrameArrival } from './rendition-decoder.ts';
import type { Rendition } from './rendition-switcher.ts';

/** Inputs of a `RenditionDriver` that do not come from the video itself. */
export interface DriverSettings {
  /** `auto`, or the name of the rendition that the user selected. */
  readonly preferredRendition: Getter<string>;
  /** Size and visibility of the view. While it is undefined, any size may be shown. */
  readonly view: Getter<View | undefined>;
  /** Streams that show the video outside the page, for example in picture-in-picture. */
  readonly videoStreams: ReadonlySet<unknown>;
  /** Samples of the connection that delivers the broadcast; null while there are none. */
  readonly connection: Readable<ConnectionFacts | null>;
  /** Maximum number of lines of a rendition; larger renditions are not read. Null means no limit. */
  readonly maxLines: Readable<number | null>;
  readonly onSwitch: (decision: RenditionDecision) => void;
}

/** The video that a `RenditionDriver` controls. */
export interface DrivenVideo {
  readonly offers: readonly Rendition[];
  readonly active: Rendition | undefined;
  /** Whether the decoder cannot keep up. */
  readonly overloaded: boolean;
  /** Total number of frames that were decoded but skipped because a newer one was due. */
  readonly dropped: number;
  /** Returns the time at which to show a frame with this media time, both in milliseconds. */
  dueMs(mediaMs: number): number;
  /** Selects the renditions to show and to probe. See `RenditionSwitcher.select`. */
  select(rendition: Rendition | null, urgent?: boolean, probe?: Rendition | null): void;
  /** Clears the screen, because the broadcast no longer has video. */
  clear(): void;
}

/** The driver's current choice and its reasons, for the views. */
export interface DriverState {
  preferredRendition: string;
  renditions: readonly RenditionOffer[];
  estimateBps: number | null;
  decisions: readonly RenditionDecision[];
  /** Text that explains why the video differs from the user's choice or is late; null if neither applies. */
  note: string | null;
}

/** Maximum number of decisions to keep. */
const MAX_DECISIONS = 10;
/**
 * View to assume while the page is hidden and the video is shown in picture-in-picture, where it covers only
 * part of the screen.
 */
const PICTURE_IN_PICTURE_VIEW: View = { widthPx: 1280, heightPx: 720, visible: true };
/**
 * Frame rate that is assumed if the catalog has none, in frames per second. This app's publisher sends at
 * this rate.
 */
const FRAMES_PER_SECOND = 30;
const AUDIO = 'audio';
/**
 * This machine is considered overloaded if it skips at least this many frames in a second: a third of all
 * frames.
 */
const OVERLOADED_DROPS = 10;

/** Passes measurements to the estimator and the policy, and applies the policy's choice to the video. */
export class RenditionDriver {
  readonly #video: DrivenVideo;
  readonly #settings: DriverSettings;
  readonly #onChange: () => void;
  readonly #effect = new Effect();
  readonly #estimator = new DownlinkEstimator();
  readonly #policy = new RenditionPolicy();
  readonly #punctuality = new Punctuality();
  #audio: { atMs: number; bytes: number }[] = [];
  #target: string | null = null;
  #probing: string | null = null;
  #estimateBps: number | null = null;
  #note: string | null = null;
  #excusedUntilMs = Number.NEGATIVE_INFINITY;
  /** Samples of the total number of dropped frames, taken during the last second. */
  #dropped: { atMs: number; total: number }[] = [];
  #renditions: readonly RenditionOffer[] = [];
  #decisions: readonly RenditionDecision[] = [];

  /** @param onChange runs after each decision */
  constructor(video: DrivenVideo, settings: DriverSettings, onChange: () => void) {
    this.#video = video;
    this.#settings = settings;
    this.#onChange = onChange;
    const addFacts = (facts: ConnectionFacts | null) => {
      if (facts) this.#estimator.addFacts(facts, performance.now());
    };
    addFacts(settings.connection.get());
    this.#effect.cleanup(settings.connection.subscribe(addFacts));
    this.#effect.interval(() => this.update(), RENDITION_CONFIG.checkEveryMs);
    this.#effect.subscribe(settings.preferredRendition, () => this.update());
    this.#effect.subscribe(settings.view, () => this.update());
  }

  /** Adds the lag of a timer in this window, in milliseconds. */
  addLag(lagMs: number, nowMs: number): void {
    this.#estimator.addLag(lagMs, nowMs);
  }

  /** Whether the video is visible anywhere, in the page or outside it. */
  get wantsVideo(): boolean {
    return this.#view()?.visible ?? true;
  }

  /** The current state. */
  read(): DriverState {
    return {
      preferredRendition: this.#settings.preferredRendition.peek(),
      renditions: this.#renditions,
      estimateBps: this.#estimateBps,
      decisions: this.#decisions,
      note: this.#note,
    };
  }

  /** Updates the choice after the available renditions have changed. */
  offersChanged(): void {
    const before = this.#renditions;
    this.#renditions = sortedBySize(this.#video.offers.map(offerOf));
    if (this.#renditions.length > 0) {
      this.update();
    } else if (before.length > 0) {
      this.#target = null;
      this.#probing = null;
      this.#video.clear();
    }
  }

  /** Adds a video frame that arrived. */
  frameArrived({ track, atMs, mediaMs, bytes, live }: FrameArrival): void {
    // Ignore a frame that is older than its subscription, because its delay does not reflect the network.
    if (!live) return;
    this.#estimator.addArrival({ track, kind: 'video', atMs, mediaMs, bytes });
    this.#punctuality.addArrival(track, atMs, atMs - this.#video.dueMs(mediaMs));
  }

  /** Adds an audio packet that arrived. */
  audioArrived(mediaMs: number, bytes: number): void {
    const atMs = performance.now();
    this.#estimator.addArrival({ track: AUDIO, kind: 'audio', atMs, mediaMs, bytes });
    this.#audio.push({ atMs, bytes });
    while ((this.#audio[0]?.atMs ?? atMs) < atMs - 1000) this.#audio.shift();
  }

  close(): void {
    this.#effect.close();
  }

  /** Evaluates the policy and applies its choice. */
  update(): void {
    const video = this.#video;
    if (this.#renditions.length === 0) return;
    const nowMs = performance.now();
    const shown = video.active?.name ?? null;
    const estimate = this.#estimator.estimate(nowMs, shown);
    this.#estimateBps = estimate.bps;
    const choice = this.#policy.step({
      nowMs,
      offers: this.#renditions,
      preferredRendition: this.#settings.preferredRendition.peek(),
      view: this.#view() ?? null,
      maxLines: this.#settings.maxLines.get(),
      audioBps: this.#audio.reduce((sum, { bytes }) => sum + bytes * 8, 0),
      estimate,
      player: this.#playerFacts(nowMs, shown, estimate),
    });
    const urgent = choice.decision ? this.#isStepDown(choice.target) : false;
    this.#target = choice.target;
    this.#probing = choice.probing;
    this.#note = choice.note ?? bottleneckNote(estimate.bottleneck);
    video.select(this.#find(choice.target), urgent, this.#find(choice.probing));
    if (choice.decision) this.#recordDecision(choice.decision);
  }

  #playerFacts(
    nowMs: number,
    shown: string | null,
    { bottleneck, uncongested }: Pick<DownlinkEstimate, 'bottleneck' | 'uncongested'>,
  ): PlayerFacts {
    const dropsMany = this.#dropsMany(nowMs);
    // As long as the time window contains frames that a busy machine delayed, lateness does not indicate a
    // slow connection.
    if (bottleneck !== null || uncongested) this.#excusedUntilMs = nowMs + LATENESS_MS;
    const excused = nowMs < this.#excusedUntilMs;
    return {
      shown,
      late: shown !== null && !excused && this.#punctuality.isLate(shown, nowMs),
      overloaded: this.#video.overloaded || (bottleneck === 'viewer' && dropsMany),
      probeInTime: this.#probing === null ? null : this.#punctuality.isInTime(this.#probing, nowMs),
    };
  }

  #dropsMany(nowMs: number): boolean {
    const { dropped: total } = this.#video;
    this.#dropped = [...this.#dropped.filter(({ atMs }) => atMs > nowMs - 1_000), { atMs: nowMs, total }];
    return total - (this.#dropped[0]?.total ?? total) >= OVERLOADED_DROPS;
  }

  #view(): View | undefined {
    const view = this.#settings.view.peek();
    const isOutside = this.#settings.videoStreams.size > 0;
    return view && !view.visible && isOutside ? PICTURE_IN_PICTURE_VIEW : view;
  }

  #find(name: string | null): Rendition | null {
    return this.#video.offers.find((rendition) => rendition.name === name) ?? null;
  }

  #isStepDown(to: string | null): boolean {
    const size = (name: string | null) => this.#renditions.findIndex((offer) => offer.name === name);
    return size(to) < size(this.#target);
  }

  #recordDecision(change: Omit<RenditionDecision, 'atMs'>): void {
    const decision = { ...change, atMs: Date.now() };
    this.#decisions = [...this.#decisions, decision].slice(-MAX_DECISIONS);
    this.#settings.onSwitch(decision);
    this.#onChange();
  }
}

function offerOf({ name, config, minBitrateBps }: Rendition): RenditionOffer {
  return {
    name,
    width: config.codedWidth ?? 0,
    height: config.codedHeight ?? 0,
    framesPerSecond: config.framerate ?? FRAMES_PER_SECOND,
    bitrateBps: config.bitrate ?? 0,
    ...(minBitrateBps === undefined ? {} : { minBitrateBps }),
  };
}
