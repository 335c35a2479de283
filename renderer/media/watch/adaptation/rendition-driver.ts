import { Effect, type Getter } from '@moq/signals';
import type { Readable } from '../../../../common/base/store.ts';
import type { LinkFacts, RenditionDecision, RenditionOffer } from '../../../../common/bridge/renditions.ts';
import { LATENESS_MS, Punctuality } from '../punctuality.ts';
import type { FrameArrival } from '../rendition-decoder.ts';
import type { Rendition } from '../rendition-switcher.ts';
import { type DownlinkEstimate, DownlinkEstimator } from './downlink-estimate.ts';
import type { PlayerFacts } from './policy-types.ts';
import { ranked, type View } from './rendition-ceiling.ts';
import { RENDITION_CONFIG } from './rendition-config.ts';
import { RenditionPolicy } from './rendition-policy.ts';
import { elsewhereWords } from './rendition-words.ts';

export interface DriverSettings {
  /** 'auto', or the name of the rendition that the person wants. */
  readonly mode: Getter<string>;
  /** Undefined until it is told: any size may be shown. */
  readonly view: Getter<View | undefined>;
  /** Streams of the picture that are shown elsewhere, such as in picture-in-picture. */
  readonly pictures: ReadonlySet<unknown>;
  readonly link: Readable<LinkFacts | null>;
  /** Nothing with more lines is read. */
  readonly maxLines: Readable<number | null>;
  readonly onSwitch: (decision: RenditionDecision) => void;
}

/** The picture that is driven. */
export interface DrivenPicture {
  readonly offers: readonly Rendition[];
  readonly active: Rendition | undefined;
  /** The decoder has more to do than it can. */
  readonly overloaded: boolean;
  /** Frames that were decoded and never shown, since something newer was due: a total. */
  readonly dropped: number;
  /** The clock when a frame of this media time is to be shown, both in milliseconds. */
  dueMs(mediaMs: number): number;
  want(rendition: Rendition | null, urgent?: boolean, trial?: Rendition | null): void;
  /** There is none any more. */
  clear(): void;
}

/** What is chosen and why, for the views. */
export interface DriverState {
  mode: string;
  renditions: readonly RenditionOffer[];
  estimateBps: number | null;
  decisions: readonly RenditionDecision[];
  /** Why the picture is not what was asked for, or comes late, in words; null while all is well. */
  note: string | null;
}

/** Decisions that are remembered. */
const REMEMBERED = 10;
/** What is read for picture-in-picture while the window itself is hidden: its window is a part of the screen. */
const ELSEWHERE: View = { widthPx: 1280, heightPx: 720, visible: true };
/** Where a catalog does not say, as the publisher of this application has it. */
const FRAMES_PER_SECOND = 30;
const AUDIO = 'audio';
/** So many frames of a second that cannot be shown in time are more than a machine may leave out: a third. */
const MOST_DROPPED = 10;

/** Brings together what arrives, what the link says and what the person wants, and has the picture follow the policy. */
export class RenditionDriver {
  readonly #picture: DrivenPicture;
  readonly #settings: DriverSettings;
  readonly #changed: () => void;
  readonly #effect = new Effect();
  readonly #estimator = new DownlinkEstimator();
  readonly #policy = new RenditionPolicy();
  readonly #punctual = new Punctuality();
  #audio: { atMs: number; bytes: number }[] = [];
  #target: string | null = null;
  #trial: string | null = null;
  #estimateBps: number | null = null;
  #note: string | null = null;
  #excusedUntilMs = Number.NEGATIVE_INFINITY;
  /** Frames dropped so far, at the looks of the last second. */
  #dropped: { atMs: number; total: number }[] = [];
  #renditions: readonly RenditionOffer[] = [];
  #decisions: readonly RenditionDecision[] = [];

  constructor(picture: DrivenPicture, settings: DriverSettings, changed: () => void) {
    this.#picture = picture;
    this.#settings = settings;
    this.#changed = changed;
    const take = (facts: LinkFacts | null) => {
      if (facts) this.#estimator.facts(facts, performance.now());
    };
    take(settings.link.get());
    this.#effect.cleanup(settings.link.subscribe(take));
    this.#effect.interval(() => this.look(), RENDITION_CONFIG.checkEveryMs);
    this.#effect.subscribe(settings.mode, () => this.look());
    this.#effect.subscribe(settings.view, () => this.look());
  }

  /** A timer of the window came this much too late, in milliseconds. */
  lagged(lagMs: number, nowMs: number): void {
    this.#estimator.lagged(lagMs, nowMs);
  }

  /** Whether anybody looks. */
  get wantsPicture(): boolean {
    return this.#view()?.visible ?? true;
  }

  read(): DriverState {
    return {
      mode: this.#settings.mode.peek(),
      renditions: this.#renditions,
      estimateBps: this.#estimateBps,
      decisions: this.#decisions,
      note: this.#note,
    };
  }

  /** What is on offer changed. */
  offered(): void {
    const before = this.#renditions;
    this.#renditions = ranked(this.#picture.offers.map(offerOf));
    if (this.#renditions.length > 0) {
      this.look();
    } else if (before.length > 0) {
      this.#target = null;
      this.#trial = null;
      this.#picture.clear();
    }
  }

  frameArrived({ track, atMs, mediaMs, bytes, live }: FrameArrival): void {
    // What was there before its reader came tells nothing of how long it takes to come.
    if (!live) return;
    this.#estimator.arrived({ track, kind: 'video', atMs, mediaMs, bytes });
    this.#punctual.arrived(track, atMs, atMs - this.#picture.dueMs(mediaMs));
  }

  soundArrived(mediaMs: number, bytes: number): void {
    const atMs = performance.now();
    this.#estimator.arrived({ track: AUDIO, kind: 'audio', atMs, mediaMs, bytes });
    this.#audio.push({ atMs, bytes });
    while ((this.#audio[0]?.atMs ?? atMs) < atMs - 1000) this.#audio.shift();
  }

  close(): void {
    this.#effect.close();
  }

  /** Chooses anew. */
  look(): void {
    const picture = this.#picture;
    if (this.#renditions.length === 0) return;
    const nowMs = performance.now();
    const shown = picture.active?.name ?? null;
    const estimate = this.#estimator.estimate(nowMs, shown);
    this.#estimateBps = estimate.bps;
    const choice = this.#policy.step({
      nowMs,
      offers: this.#renditions,
      mode: this.#settings.mode.peek(),
      view: this.#view() ?? null,
      maxLines: this.#settings.maxLines.get(),
      audioBps: this.#audio.reduce((sum, { bytes }) => sum + bytes * 8, 0),
      estimate,
      player: this.#facts(nowMs, shown, estimate),
    });
    const urgent = choice.decision ? this.#isStepDown(choice.target) : false;
    this.#target = choice.target;
    this.#trial = choice.probing;
    this.#note = choice.note ?? elsewhereWords(estimate.elsewhere);
    picture.want(this.#find(choice.target), urgent, this.#find(choice.probing));
    if (choice.decision) this.#decide(choice.decision);
  }

  #facts(
    nowMs: number,
    shown: string | null,
    { elsewhere, linkFine }: Pick<DownlinkEstimate, 'elsewhere' | 'linkFine'>,
  ): PlayerFacts {
    const leavesOutMany = this.#leavesOutMany(nowMs);
    // What a busy machine held up says nothing of the link, for as long as it is counted.
    if (elsewhere !== null || linkFine) this.#excusedUntilMs = nowMs + LATENESS_MS;
    const excused = nowMs < this.#excusedUntilMs;
    return {
      shown,
      late: shown !== null && !excused && this.#punctual.isLate(shown, nowMs),
      overloaded: this.#picture.overloaded || (elsewhere === 'here' && leavesOutMany),
      probeInTime: this.#trial === null ? null : this.#punctual.isInTime(this.#trial, nowMs),
    };
  }

  #leavesOutMany(nowMs: number): boolean {
    const { dropped: total } = this.#picture;
    this.#dropped = [...this.#dropped.filter(({ atMs }) => atMs > nowMs - 1_000), { atMs: nowMs, total }];
    return total - (this.#dropped[0]?.total ?? total) >= MOST_DROPPED;
  }

  #view(): View | undefined {
    const view = this.#settings.view.peek();
    return view && !view.visible && this.#settings.pictures.size > 0 ? ELSEWHERE : view;
  }

  #find(name: string | null): Rendition | null {
    return this.#picture.offers.find((rendition) => rendition.name === name) ?? null;
  }

  #isStepDown(to: string | null): boolean {
    const size = (name: string | null) => this.#renditions.findIndex((offer) => offer.name === name);
    return size(to) < size(this.#target);
  }

  #decide(change: Omit<RenditionDecision, 'atMs'>): void {
    const decision = { ...change, atMs: Date.now() };
    this.#decisions = [...this.#decisions, decision].slice(-REMEMBERED);
    this.#settings.onSwitch(decision);
    this.#changed();
  }
}

function offerOf({ name, config }: Rendition): RenditionOffer {
  return {
    name,
    width: config.codedWidth ?? 0,
    height: config.codedHeight ?? 0,
    framesPerSecond: config.framerate ?? FRAMES_PER_SECOND,
    bitrateBps: config.bitrate ?? 0,
  };
}
