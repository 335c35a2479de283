import { AUTO, type RenditionOffer } from '../../../common/bridge/renditions.ts';
import { SendLimit } from '../../../main/network/send-limit.ts';
import { followRates } from '../../../renderer/media/publish/rate-follower.ts';
import {
  type DownlinkEstimate,
  DownlinkEstimator,
} from '../../../renderer/media/watch/adaptation/downlink-estimate.ts';
import type { View } from '../../../renderer/media/watch/adaptation/rendition-ceiling.ts';
import { RENDITION_CONFIG } from '../../../renderer/media/watch/adaptation/rendition-config.ts';
import { RenditionPolicy } from '../../../renderer/media/watch/adaptation/rendition-policy.ts';
import { type Frame, GOOD_NETWORK_PATH, Network, type NetworkPathShape } from './network.ts';

/** The renditions of the simulated publisher. */
export const LADDER: readonly RenditionOffer[] = [
  { name: 'video/h264-180p', width: 320, height: 180, framesPerSecond: 30, bitrateBps: 200_000 },
  { name: 'video/h264-360p', width: 640, height: 360, framesPerSecond: 30, bitrateBps: 600_000 },
  { name: 'video/h264-720p', width: 1280, height: 720, framesPerSecond: 30, bitrateBps: 2_500_000 },
  { name: 'video/h264-1080p', width: 1920, height: 1080, framesPerSecond: 30, bitrateBps: 4_500_000 },
];
/** The names of `LADDER`'s renditions. */
export const [P180, P360, P720, P1080] = LADDER.map(({ name }) => name) as [string, string, string, string];

/** Inputs of a simulation. Each list contains changes over time; its first entry applies at time 0. */
export interface Scenario {
  /** Simulated time in milliseconds. */
  readonly forMs: number;
  /** Changes to the network path, relative to `GOOD_NETWORK_PATH`. */
  readonly networkPath: readonly { fromMs: number; shape: Partial<NetworkPathShape>; connection?: number }[];
  readonly offers?: readonly RenditionOffer[];
  readonly view?: readonly { fromMs: number; view: View | null }[];
  readonly preferredRendition?: string;
  readonly maxLines?: number | null;
  /** Whether the sender reports its estimate. Default: true. */
  readonly senderReports?: boolean;
  /**
   * Factor applied to the sender's estimate. The estimate can be far too high or too low if the sender never
   * filled its window.
   */
  readonly estimateFactor?: number;
  readonly seed?: number;
  /**
   * Time that the viewer's window spends on each frame, in milliseconds. Other frames and timers wait during
   * that time.
   */
  readonly windowBusyMs?: readonly { fromMs: number; each: number }[];
  /** Delay that the publisher's machine adds to each frame, in milliseconds. */
  readonly publisherDelayMs?: readonly { fromMs: number; late: number }[];
  /** Whether the publisher's bitrates follow the network. Default: false. */
  readonly follows?: boolean;
  /** Random variation of frame sizes around their mean, as a fraction from 0 to 1. */
  readonly sizeVariation?: number;
}

/** A change of the target rendition. */
export interface Switch {
  readonly atMs: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string;
  /** `emergency` comes from the policy's output, and `estimate` from its input. */
  readonly emergency: boolean;
  readonly estimate: DownlinkEstimate;
}

/** Result of a simulation. */
export interface Outcome {
  readonly switches: readonly Switch[];
  /** The policy's choices over time: the target rendition, and the rendition being probed. */
  readonly targets: readonly { atMs: number; target: string | null; probing: string | null }[];
  /** All shown frames, with their delays since capture. */
  readonly shown: readonly { atMs: number; delayMs: number; track: string }[];
  /** The total bitrate of the encoders, the limit that the sender knows, and the bottleneck's queue, over time. */
  readonly sent: readonly { atMs: number; videoBps: number; limitBps: number | null; queueMs: number }[];
}

const UPLINK_SAMPLE_MS = 100;
const FRAME_MS = 1_000 / 30;
const GROUP_FRAMES = 60;
/**
 * Ratio of a keyframe's size to the size of other frames. At 720p and 2.5 Mbit/s, a keyframe is about 55 kB.
 */
const KEY_WEIGHT = 5.5;
const AUDIO = 'audio/opus';
const AUDIO_BPS = 48_000;
/** How much smaller a keyframe is while the bitrate follows a limited network. See `RenditionEncoder`. */
const LIMITED_KEY_WEIGHT = 3.5;
/** Maximum delay at which a frame of the probed rendition is on time, in milliseconds. */
const IN_TIME_MS = 60;

/** Simulates a publisher, a network and a viewer with the real estimator and policy. */
export function simulate(scenario: Scenario): Outcome {
  const random = randomFrom(scenario.seed ?? 1);
  const network = new Network({ ...GOOD_NETWORK_PATH, ...at(scenario.networkPath, 0)?.shape }, random);
  const estimator = new DownlinkEstimator();
  const policy = new RenditionPolicy();
  const offers = scenario.offers ?? LADDER;
  const publisher = new Publisher(offers, random, scenario.sizeVariation ?? 0.2);
  const switches: Switch[] = [];
  const targets: Outcome['targets'][number][] = [];
  const shown: Outcome['shown'][number][] = [];
  const received = new Map<Frame, number>();
  const framesOf = new Map<string, number>();
  let target: string | null = null;
  let probing: string | null = null;
  let onScreen: string | null = null;
  let lastMediaMs = -1;
  let reportedBps = 0;

  const sendLimit = new SendLimit();
  const sent: Outcome['sent'][number][] = [];
  const delayed: Frame[] = [];
  const viewerThread = new ViewerThread();

  for (let nowMs = 0; nowMs < scenario.forMs; nowMs += 1) {
    network.shape = { ...GOOD_NETWORK_PATH, ...at(scenario.networkPath, nowMs)?.shape };
    // The old rendition is still read at the lowest priority until the new one is shown.
    const priorities = new Map<string, number>([[AUDIO, 9]]);
    if (onScreen) priorities.set(onScreen, 1);
    if (probing) priorities.set(probing, 2);
    if (target) priorities.set(target, 3);
    for (const track of publisher.read(new Set(priorities.keys()))) {
      network.cancel(track);
      framesOf.delete(track);
    }
    delayed.push(...publisher.step(nowMs));
    const lateMs = at(scenario.publisherDelayMs ?? [], nowMs)?.late ?? 0;
    while (delayed[0] && delayed[0].mediaMs <= nowMs - lateMs) network.send(delayed.shift() as Frame);
    for (const { frame, bytes } of network.advance(nowMs, priorities)) {
      const have = (received.get(frame) ?? 0) + bytes;
      received.set(frame, have);
      if (have < frame.bytes) continue;
      received.delete(frame);
      viewerThread.add(frame);
    }
    if (nowMs % 50 === 0) viewerThread.add(nowMs);
    for (const item of viewerThread.run(nowMs, at(scenario.windowBusyMs ?? [], nowMs)?.each ?? 0)) {
      if (typeof item === 'number') {
        estimator.addLag(nowMs - item, nowMs);
        continue;
      }
      const frame = item;
      if (!priorities.has(frame.track)) continue;
      const { track, mediaMs } = frame;
      const kind = track === AUDIO ? 'audio' : 'video';
      estimator.addArrival({ track, kind, atMs: nowMs, mediaMs, bytes: frame.bytes });
      framesOf.set(track, (framesOf.get(track) ?? 0) + 1);
      // Each subscription starts with a keyframe and has its own decoder, so every frame of the target
      // rendition can be shown.
      const showable = track === target || track === onScreen;
      if (kind === 'audio' || !showable || mediaMs <= lastMediaMs) continue;
      lastMediaMs = mediaMs;
      onScreen = track;
      shown.push({ atMs: nowMs, delayMs: nowMs - mediaMs, track });
    }
    if (nowMs % UPLINK_SAMPLE_MS === 0 && nowMs > 0) {
      const sample = { atMs: nowMs, path: network.shape.kind, rttMs: Math.round(network.srttMs) };
      const limitBps = sendLimit.add({ ...sample, ...network.sender });
      if (scenario.follows) publisher.follow(limitBps);
      sent.push({ atMs: nowMs, videoBps: publisher.videoBps, limitBps, queueMs: network.queueMs(nowMs) });
    }
    if (nowMs % 200 === 0 && nowMs > 0) {
      const estimateBps = network.senderEstimateBps * (scenario.estimateFactor ?? 1);
      if (Math.abs(estimateBps - reportedBps) > reportedBps / 4) reportedBps = estimateBps;
      estimator.addFacts(
        {
          atMs: nowMs,
          connection: at(scenario.networkPath, nowMs)?.connection ?? 1,
          kind: network.shape.kind,
          rttMs: network.srttMs,
          senderEstimateBps: scenario.senderReports === false ? null : reportedBps,
          goodputBps: network.drainArrivedBytes() * 40,
        },
        nowMs,
      );
    }
    if (nowMs % RENDITION_CONFIG.checkEveryMs !== 0) continue;
    const probeMs = probing === null ? null : estimator.latenessMs(probing, nowMs);
    const estimate = estimator.estimate(nowMs, onScreen);
    const choice = policy.step({
      nowMs,
      offers,
      preferredRendition: scenario.preferredRendition ?? AUTO,
      view: at(scenario.view ?? [], nowMs)?.view ?? null,
      maxLines: scenario.maxLines ?? null,
      audioBps: AUDIO_BPS,
      estimate,
      player: {
        shown: onScreen,
        late: false,
        overloaded: false,
        probeInTime: probeMs === null || (framesOf.get(probing ?? '') ?? 0) < 6 ? null : probeMs < IN_TIME_MS,
      },
    });
    if (choice.target === null) onScreen = null;
    target = choice.target;
    probing = choice.probing;
    targets.push({ atMs: nowMs, target, probing });
    const { decision, emergency } = choice;
    if (decision) switches.push({ atMs: nowMs, ...decision, emergency, estimate });
  }
  return { switches, targets, shown, sent };
}

/**
 * The single thread of the viewer's window. Handles frames and timers one after another, in order of their
 * due times.
 */
class ViewerThread {
  #waiting: (Frame | number)[] = [];
  #freeAtMs = 0;

  add(item: Frame | number): void {
    this.#waiting.push(item);
  }

  run(nowMs: number, eachMs: number): (Frame | number)[] {
    const handled: (Frame | number)[] = [];
    while (this.#waiting.length > 0 && this.#freeAtMs <= nowMs) {
      const item = this.#waiting.shift();
      if (item === undefined) break;
      handled.push(item);
      if (typeof item !== 'number' && item.track !== AUDIO) this.#freeAtMs = nowMs + eachMs;
      if (eachMs > 0) break;
    }
    return handled;
  }
}

/** Encodes the tracks that have readers. A new reader receives a keyframe immediately. */
class Publisher {
  readonly #offers: readonly RenditionOffer[];
  readonly #random: () => number;
  readonly #sizeVariation: number;
  readonly #reading = new Map<string, { frames: number; group: number }>();
  #next = 0;
  #groups = 0;
  #limitBps: number | null = null;
  #rates: ReadonlyMap<string, number> = new Map();

  constructor(offers: readonly RenditionOffer[], random: () => number, sizeVariation: number) {
    this.#offers = offers;
    this.#random = random;
    this.#sizeVariation = sizeVariation;
  }

  /** Sets the tracks that have readers. Returns the tracks that no longer have any. */
  read(tracks: ReadonlySet<string>): string[] {
    const ended = [...this.#reading.keys()].filter((track) => !tracks.has(track));
    for (const track of ended) this.#reading.delete(track);
    for (const track of tracks) {
      if (!this.#reading.has(track)) this.#reading.set(track, { frames: 0, group: 0 });
    }
    this.follow(this.#limitBps);
    return ended;
  }

  /** Sets the bit rate that the network can carry. */
  follow(limitBps: number | null): void {
    this.#limitBps = limitBps;
    const tracks = [...this.#reading.keys()];
    this.#rates = followRates({
      uplink: {
        path: 'live/simulated',
        tracks: tracks.map((name) => ({ name, readers: 1 })),
        soleReaders: [{ tracks, limitBps }],
      },
      renditions: this.#offers
        .filter(({ name }) => this.#reading.has(name))
        .map(({ name, bitrateBps }) => ({ name, fullBps: bitrateBps })),
      audioTrack: AUDIO,
      audioBps: AUDIO_BPS,
    });
  }

  /** The total bitrate of the encoders, in bits per second. */
  get videoBps(): number {
    return [...this.#rates.values()].reduce((sum, bps) => sum + bps, 0);
  }

  step(nowMs: number): Frame[] {
    if (nowMs < this.#next) return [];
    this.#next += FRAME_MS;
    const frames: Frame[] = [];
    for (const [track, state] of this.#reading) {
      const offer = this.#offers.find(({ name }) => name === track);
      const bps = this.#rates.get(track) ?? AUDIO_BPS;
      const keyWeight = offer && bps < offer.bitrateBps ? LIMITED_KEY_WEIGHT : KEY_WEIGHT;
      const key = !offer || state.frames % GROUP_FRAMES === 0;
      if (key) {
        this.#groups += 1;
        state.group = this.#groups;
      }
      const weight = !offer ? 1 : (key ? keyWeight : 1) * (GROUP_FRAMES / (GROUP_FRAMES - 1 + keyWeight));
      const variation = offer ? 1 + (this.#random() - 0.5) * 2 * this.#sizeVariation : 1;
      const bytes = Math.max(20, Math.round(((bps * FRAME_MS) / 8_000) * weight * variation));
      frames.push({ track, group: state.group, mediaMs: nowMs, bytes, key });
      state.frames += 1;
    }
    return frames;
  }
}

function at<T extends { fromMs: number }>(entries: readonly T[], nowMs: number): T | undefined {
  return entries.findLast(({ fromMs }) => fromMs <= nowMs);
}

/** mulberry32: a small random generator with the same results on every platform. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
