import type { Bridge, MediaSocket } from '../../../common/bridge.ts';
import { MEDIA_PATH, MEDIA_SUBPROTOCOL } from '../../../common/bridge-frames.ts';
import { Store } from '../../../common/store.ts';
import { BufferedSocket } from '../../../renderer/bridge/buffered-socket.ts';
import { createMedia } from '../../../renderer/media/index.ts';
import { readPatternCode } from '../../../renderer/media/pattern-code.ts';
import { BEEP_HZ } from '../../../renderer/media/tone.ts';
import type { PlayerState } from '../../../renderer/media/types.ts';

/** The window's media without its views: a page that tests drive through `window.mediaHarness`. */

/** One look at the player's canvas. */
export interface Sighting {
  /** The frame number read, or null. */
  frame: number | null;
  /** performance.now() of the look, in milliseconds. */
  atMs: number;
}

/** A channel to main that can be cut. Publisher and viewer have one each: main offers nobody their own broadcast. */
class Channel implements Bridge {
  readonly connected = new Store(true);
  #socket: WebSocket | undefined;
  #blocked = false;

  call(): Promise<never> {
    return Promise.reject(new Error('no calls here'));
  }

  listen(): () => void {
    return () => undefined;
  }

  openMedia(signal?: AbortSignal): Promise<MediaSocket> {
    if (this.#blocked) return Promise.reject(new Error('main is gone'));
    const socket = new WebSocket(`ws://${location.host}${MEDIA_PATH}`, MEDIA_SUBPROTOCOL);
    this.#socket = socket;
    const media = new BufferedSocket(socket);
    return new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve(media));
      socket.addEventListener('close', () => reject(new Error('main is gone')));
      signal?.addEventListener('abort', () => {
        socket.close();
        reject(signal.reason);
      });
    });
  }

  /** Cuts the channel; main stays away for a time, in milliseconds. */
  cut(forMs: number): void {
    this.#blocked = true;
    this.#socket?.close();
    setTimeout(() => {
      this.#blocked = false;
    }, forMs);
  }
}

const channels = { publisher: new Channel(), viewer: new Channel() };
const media = createMedia(channels.publisher);
const viewing = createMedia(channels.viewer);
const canvas = document.querySelector('canvas') ?? document.createElement('canvas');
let player = viewing.player('nothing');
const phases: string[] = [];
let stopPhases: () => void = () => undefined;

function watch(path: string): void {
  void player.close();
  phases.length = 0;
  stopPhases();
  player = viewing.player(path);
  player.setCanvas(canvas);
  stopPhases = player.state.subscribe((state) => {
    if (phases.at(-1) !== state.phase) phases.push(state.phase);
  });
}

function look(): Sighting {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context || canvas.width === 0) return { frame: null, atMs: performance.now() };
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  return { frame: readPatternCode(pixels), atMs: performance.now() };
}

/** Looks at each animation frame for a while; keeps what changed. */
async function sightings(forMs: number): Promise<Sighting[]> {
  const seen: Sighting[] = [];
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const sighting = look();
    if (sighting.frame !== seen.at(-1)?.frame) seen.push(sighting);
  }
  return seen;
}

/** Wraps what makes sound audible, so that the test hears what a person would: the last node before the speakers. */
const heard: { node: AnalyserNode; context: AudioContext }[] = [];
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
  const [target] = args;
  if (target instanceof AudioDestinationNode && this.context instanceof AudioContext) {
    const node = new AnalyserNode(this.context, { fftSize: 2048, smoothingTimeConstant: 0 });
    Reflect.apply(connect, this, [node]);
    heard.push({ node, context: this.context });
  }
  return Reflect.apply(connect, this, args);
} as typeof connect;

/** The loudness of the beep's pitch in what is heard now, in decibels. */
function beepDb(): number {
  const live = heard.findLast(({ context }) => context.state === 'running');
  if (!live) return Number.NEGATIVE_INFINITY;
  const bins = new Float32Array(live.node.frequencyBinCount);
  live.node.getFloatFrequencyData(bins);
  const bin = Math.round((BEEP_HZ * live.node.fftSize) / live.context.sampleRate);
  return Math.max(...bins.slice(bin - 1, bin + 2));
}

const BEEP_ON_DB = -40;

/**
 * When flash frames were seen and when beeps began to be heard, in milliseconds of performance.now(). The analyser
 * sees sound before the speakers do; that latency is added.
 */
async function flashesAndBeeps(
  forMs: number,
  frameRate: number,
): Promise<{ flashes: number[]; beeps: number[] }> {
  const flashes: number[] = [];
  const beeps: number[] = [];
  let beeping = true;
  let second: number | undefined;
  const endMs = performance.now() + forMs;
  await new Promise<void>((resolve) => {
    const channel = new MessageChannel();
    let lastLookMs = 0;
    channel.port1.onmessage = () => {
      const nowMs = performance.now();
      const loud = beepDb() > BEEP_ON_DB;
      if (loud && !beeping) beeps.push(nowMs);
      beeping = loud;
      if (nowMs - lastLookMs >= 8) {
        lastLookMs = nowMs;
        const { frame } = look();
        if (frame !== null) {
          const now = Math.floor(frame / frameRate);
          if (second !== undefined && now > second) {
            // The frame may be the second or third of its second: when the flash itself was due.
            flashes.push(nowMs - ((frame % frameRate) * 1000) / frameRate);
          }
          second = now;
        }
      }
      if (nowMs >= endMs) return resolve();
      setTimeout(() => channel.port2.postMessage(0), 2);
    };
    channel.port2.postMessage(0);
  });
  return { flashes, beeps };
}

/** Waits until the player's state fits. */
function until(fits: (state: PlayerState) => boolean, withinMs: number): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve(performance.now() - startMs);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`player stayed ${JSON.stringify(player.state.get())}`));
    }, withinMs);
    const stop = player.state.subscribe((state) => {
      if (fits(state)) done();
    });
    if (fits(player.state.get())) done();
  });
}

const harness = {
  publisher: media.publisher,
  devices: media.devices,
  watch,
  look,
  sightings,
  flashesAndBeeps,
  until,
  phases,
  playerState: () => player.state.get(),
  playerLevel: () => player.level.get(),
  player: () => player,
  closePlayer: () => player.close(),
  cutChannel: (whose: keyof typeof channels, forMs: number) => channels[whose].cut(forMs),
  close: () => Promise.all([media.close(), viewing.close()]),
};

export type MediaHarness = typeof harness;

declare global {
  interface Window {
    mediaHarness: MediaHarness;
  }
}
window.mediaHarness = harness;
