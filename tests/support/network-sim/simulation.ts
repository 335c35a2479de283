import { AUTO, type RenditionOffer } from '../../../common/bridge/renditions.ts';
import {
  type DownlinkEstimate,
  DownlinkEstimator,
} from '../../../renderer/media/watch/adaptation/downlink-estimate.ts';
import type { View } from '../../../renderer/media/watch/adaptation/rendition-ceiling.ts';
import { RENDITION_CONFIG } from '../../../renderer/media/watch/adaptation/rendition-config.ts';
import { RenditionPolicy } from '../../../renderer/media/watch/adaptation/rendition-policy.ts';
import { type Frame, GOOD_NETWORK_PATH, Network, type NetworkPathShape } from './network.ts';

/** A publisher of renditions, a link, and a watcher that goes by the policy: what the picture was at each moment. */

export const LADDER: readonly RenditionOffer[] = [
  { name: 'video/h264-180p', width: 320, height: 180, framesPerSecond: 30, bitrateBps: 200_000 },
  { name: 'video/h264-360p', width: 640, height: 360, framesPerSecond: 30, bitrateBps: 600_000 },
  { name: 'video/h264-720p', width: 1280, height: 720, framesPerSecond: 30, bitrateBps: 2_500_000 },
  { name: 'video/h264-1080p', width: 1920, height: 1080, framesPerSecond: 30, bitrateBps: 4_500_000 },
];
export const [P180, P360, P720, P1080] = LADDER.map(({ name }) => name) as [string, string, string, string];

export interface Scenario {
  /** In milliseconds of simulated time. */
  readonly forMs: number;
  /** The path from a moment on; the first at 0. */
  readonly networkPath: readonly { fromMs: number; shape: Partial<NetworkPathShape>; connection?: number }[];
  readonly offers?: readonly RenditionOffer[];
  readonly view?: readonly { fromMs: number; view: View | null }[];
  readonly mode?: string;
  readonly maxLines?: number | null;
  /** Whether the sender tells its estimate. */
  readonly senderReports?: boolean;
  /** Added to the sender's estimate: a window that was never filled says anything. */
  readonly estimateFactor?: number;
  readonly seed?: number;
  /** How long the window has to do with each frame that arrives, in milliseconds; frames and timers wait for that. */
  readonly windowBusyMs?: readonly { fromMs: number; each: number }[];
  /** How long the publisher's machine holds frames up, in milliseconds. */
  readonly publisherDelayMs?: readonly { fromMs: number; late: number }[];
  /** Frames vary by this share around their mean. */
  readonly sizeVariation?: number;
}

export interface Switch {
  readonly atMs: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string;
  /** What the policy said of it, and what it saw. */
  readonly emergency: boolean;
  readonly estimate: DownlinkEstimate;
}

export interface Outcome {
  readonly switches: readonly Switch[];
  /** The target at each check. */
  readonly targets: readonly { atMs: number; target: string | null; probing: string | null }[];
  /** When each picture was shown, and how long after it was taken. */
  readonly shown: readonly { atMs: number; delayMs: number; track: string }[];
}

const FRAME_MS = 1_000 / 30;
const GROUP_FRAMES = 60;
/** A key frame takes as much as this many others: of 720p at 2.5 Mbit/s some 55 kB. */
const KEY_WEIGHT = 5.5;
const AUDIO = 'audio/opus';
const AUDIO_BPS = 48_000;
/** A frame of the rendition that is tried is in time when it is no later than this. */
const IN_TIME_MS = 60;

export function simulate(scene: Scenario): Outcome {
  const random = randomFrom(scene.seed ?? 1);
  const network = new Network({ ...GOOD_NETWORK_PATH, ...at(scene.networkPath, 0)?.shape }, random);
  const estimator = new DownlinkEstimator();
  const policy = new RenditionPolicy();
  const offers = scene.offers ?? LADDER;
  const publisher = new Publisher(offers, random, scene.sizeVariation ?? 0.2);
  const switches: Switch[] = [];
  const targets: Outcome['targets'][number][] = [];
  const shown: Outcome['shown'][number][] = [];
  const received = new Map<Frame, number>();
  const framesOf = new Map<string, number>();
  let target: string | null = null;
  let probing: string | null = null;
  let onScreen: string | null = null;
  let lastMediaMs = -1;
  let told = 0;

  const held: Frame[] = [];
  const desk = new Desk();

  for (let nowMs = 0; nowMs < scene.forMs; nowMs += 1) {
    network.shape = { ...GOOD_NETWORK_PATH, ...at(scene.networkPath, nowMs)?.shape };
    // The old one is read, after everything else, until the new one is there.
    const priorities = new Map<string, number>([[AUDIO, 9]]);
    if (onScreen) priorities.set(onScreen, 1);
    if (probing) priorities.set(probing, 2);
    if (target) priorities.set(target, 3);
    for (const track of publisher.read(new Set(priorities.keys()))) {
      network.cancel(track);
      framesOf.delete(track);
    }
    held.push(...publisher.step(nowMs));
    const lateMs = at(scene.publisherDelayMs ?? [], nowMs)?.late ?? 0;
    while (held[0] && held[0].mediaMs <= nowMs - lateMs) network.send(held.shift() as Frame);
    for (const { frame, bytes } of network.advance(nowMs, priorities)) {
      const have = (received.get(frame) ?? 0) + bytes;
      received.set(frame, have);
      if (have < frame.bytes) continue;
      received.delete(frame);
      desk.put(frame);
    }
    if (nowMs % 50 === 0) desk.put(nowMs);
    for (const item of desk.take(nowMs, at(scene.windowBusyMs ?? [], nowMs)?.each ?? 0)) {
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
      // Two decoders: each reader begins with a key frame, so whatever comes of the target can be shown.
      const showable = track === target || track === onScreen;
      if (kind === 'audio' || !showable || mediaMs <= lastMediaMs) continue;
      lastMediaMs = mediaMs;
      onScreen = track;
      shown.push({ atMs: nowMs, delayMs: nowMs - mediaMs, track });
    }
    if (nowMs % 200 === 0 && nowMs > 0) {
      const estimateBps = network.senderEstimateBps * (scene.estimateFactor ?? 1);
      if (Math.abs(estimateBps - told) > told / 4) told = estimateBps;
      estimator.addFacts(
        {
          atMs: nowMs,
          connection: at(scene.networkPath, nowMs)?.connection ?? 1,
          kind: network.shape.kind,
          rttMs: network.srttMs,
          senderEstimateBps: scene.senderReports === false ? null : told,
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
      mode: scene.mode ?? AUTO,
      view: at(scene.view ?? [], nowMs)?.view ?? null,
      maxLines: scene.maxLines ?? null,
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
  return { switches, targets, shown };
}

/** The window's one thread: frames, and timers by their time, one after another. */
class Desk {
  #waiting: (Frame | number)[] = [];
  #freeAtMs = 0;

  put(item: Frame | number): void {
    this.#waiting.push(item);
  }

  take(nowMs: number, eachMs: number): (Frame | number)[] {
    const taken: (Frame | number)[] = [];
    while (this.#waiting.length > 0 && this.#freeAtMs <= nowMs) {
      const item = this.#waiting.shift();
      if (item === undefined) break;
      taken.push(item);
      if (typeof item !== 'number' && item.track !== AUDIO) this.#freeAtMs = nowMs + eachMs;
      if (eachMs > 0) break;
    }
    return taken;
  }
}

/** Encodes what is read; a reader that comes gets a key frame at once. */
class Publisher {
  readonly #offers: readonly RenditionOffer[];
  readonly #random: () => number;
  readonly #vary: number;
  readonly #reading = new Map<string, { frames: number; group: number }>();
  #next = 0;
  #groups = 0;

  constructor(offers: readonly RenditionOffer[], random: () => number, vary: number) {
    this.#offers = offers;
    this.#random = random;
    this.#vary = vary;
  }

  /** Returns what is read no more. */
  read(tracks: ReadonlySet<string>): string[] {
    const ended = [...this.#reading.keys()].filter((track) => !tracks.has(track));
    for (const track of ended) this.#reading.delete(track);
    for (const track of tracks) {
      if (!this.#reading.has(track)) this.#reading.set(track, { frames: 0, group: 0 });
    }
    return ended;
  }

  step(nowMs: number): Frame[] {
    if (nowMs < this.#next) return [];
    this.#next += FRAME_MS;
    const frames: Frame[] = [];
    for (const [track, state] of this.#reading) {
      const offer = this.#offers.find(({ name }) => name === track);
      const bps = offer?.bitrateBps ?? AUDIO_BPS;
      const key = !offer || state.frames % GROUP_FRAMES === 0;
      if (key) {
        this.#groups += 1;
        state.group = this.#groups;
      }
      const weight = !offer ? 1 : (key ? KEY_WEIGHT : 1) * (GROUP_FRAMES / (GROUP_FRAMES - 1 + KEY_WEIGHT));
      const vary = offer ? 1 + (this.#random() - 0.5) * 2 * this.#vary : 1;
      const bytes = Math.max(20, Math.round(((bps * FRAME_MS) / 8_000) * weight * vary));
      frames.push({ track, group: state.group, mediaMs: nowMs, bytes, key });
      state.frames += 1;
    }
    return frames;
  }
}

function at<T extends { fromMs: number }>(entries: readonly T[], nowMs: number): T | undefined {
  return entries.findLast(({ fromMs }) => fromMs <= nowMs);
}

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
