import { Store } from '../../../common/base/store.ts';
import type { Bridge, MediaSocket } from '../../../common/bridge/bridge.ts';
import { MEDIA_PATH, MEDIA_SUBPROTOCOL } from '../../../common/bridge/frames.ts';
import { BufferedSocket } from '../../../renderer/bridge/buffered-socket.ts';
import { createMedia } from '../../../renderer/media/create-media.ts';
import type { PlayerState } from '../../../renderer/media/shared/types.ts';
import { patternCells, readPatternCode } from '../../../renderer/media/sources/pattern-code.ts';
import { BEEP_PITCHES_HZ } from '../../../renderer/media/sources/tone.ts';
import { type PaintedFrame, recordPaintedFrames, countAudioGaps } from './playback-recorder.ts';

/** The window's media without its views: a page that tests drive through `window.mediaHarness`. */

/** One look at the player's canvas. */
export interface CanvasSample {
  /** The frame number read, or null. */
  frame: number | null;
  /** performance.now() of the look, in milliseconds. */
  atMs: number;
}

/** A channel to main that can be cut. Publisher and viewer have one each: main offers nobody their own broadcast. */
class Channel implements Bridge {
  readonly connected = new Store(true);
  readonly loss = new Store(null);
  #socket: WebSocket | undefined;
  #media: BufferedSocket | undefined;
  #blocked = false;

  request(): Promise<never> {
    return Promise.reject(new Error('no calls here'));
  }

  listen(): () => void {
    return () => undefined;
  }

  openMedia(signal?: AbortSignal): Promise<MediaSocket> {
    if (this.#blocked) return Promise.reject(new Error('main is gone'));
    const socket = new WebSocket(`ws://${location.host}/${MEDIA_PATH}`, MEDIA_SUBPROTOCOL);
    this.#socket = socket;
    const publisherMedia = new BufferedSocket(socket);
    this.#media = publisherMedia;
    return new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve(publisherMedia));
      socket.addEventListener('close', () => reject(new Error('main is gone')));
      signal?.addEventListener('abort', () => {
        socket.close();
        reject(signal.reason);
      });
    });
  }

  /** Nothing comes through for a time, in milliseconds; then all of it at once. */
  stall(forMs: number): void {
    const media = this.#media;
    const handler = media?.onmessage;
    if (!media || !handler) return;
    const held: { data: unknown }[] = [];
    media.onmessage = (event) => held.push(event);
    setTimeout(() => {
      media.onmessage = handler;
      for (const event of held) handler(event);
    }, forMs);
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
const viewerMedia = createMedia(channels.viewer);
const canvas = document.querySelector('canvas') ?? document.createElement('canvas');
let player = viewerMedia.createPlayer('nothing');
const phases: string[] = [];
let stopPhases: () => void = () => undefined;

function watch(path: string): void {
  void player.close();
  phases.length = 0;
  stopPhases();
  player = viewerMedia.createPlayer(path);
  player.setCanvas(canvas);
  stopPhases = player.state.subscribe((state) => {
    if (phases.at(-1) !== state.phase) phases.push(state.phase);
  });
}

/** Reading back the whole picture would cost more than showing it. */
const thumbnail = new OffscreenCanvas(320, 180);
const thumbnailContext = thumbnail.getContext('2d', { willReadFrequently: true });

function sampleCanvas(): CanvasSample {
  const atMs = performance.now();
  if (!thumbnailContext || canvas.width < 16) return { frame: null, atMs };
  thumbnailContext.drawImage(canvas, 0, 0, thumbnail.width, thumbnail.height);
  return { frame: readPatternCode(thumbnailContext.getImageData(0, 0, thumbnail.width, thumbnail.height)), atMs };
}

/** Looks at each animation frame for a while; keeps what changed. */
async function sampleCanvasFor(forMs: number): Promise<CanvasSample[]> {
  const seen: CanvasSample[] = [];
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const sighting = sampleCanvas();
    if (sighting.frame !== seen.at(-1)?.frame) seen.push(sighting);
  }
  return seen;
}

/** Every frame that enters an encoder: its number in the pattern, and when it was due, in milliseconds. */
const encodedFrames: { frames: number; originMs: number | null } = { frames: 0, originMs: null };
const encode = VideoEncoder.prototype.encode;
VideoEncoder.prototype.encode = function (frame, options) {
  encodedFrames.frames += 1;
  encodedFrames.originMs ??= patternOriginMs(frame);
  encode.call(this, frame, options);
};

/** When frame 0 of the pattern was due, from one frame's number and its timestamp on the media clock. */
function patternOriginMs(frame: VideoFrame): number | null {
  const copy = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
  const context = copy.getContext('2d');
  if (!context) return null;
  context.drawImage(frame, 0, 0);
  const number = readPatternCode(context.getImageData(0, 0, copy.width, copy.height));
  return number === null ? null : frame.timestamp / 1000 - (number * 1000) / 30;
}

/** Wraps what makes sound audible, so that the test hears what a person would: the last node before the speakers. */
const audioTaps: { node: AnalyserNode; context: AudioContext }[] = [];
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
  const [target] = args;
  if (target instanceof AudioDestinationNode && this.context instanceof AudioContext) {
    const node = new AnalyserNode(this.context, { fftSize: 2048, smoothingTimeConstant: 0 });
    Reflect.apply(connect, this, [node]);
    audioTaps.push({ node, context: this.context });
  }
  return Reflect.apply(connect, this, args);
} as typeof connect;

/** Which beep is heard now, or null. */
function currentBeep(): number | null {
  const live = audioTaps.findLast(({ context }) => context.state === 'running');
  if (!live) return null;
  const bins = new Float32Array(live.node.frequencyBinCount);
  live.node.getFloatFrequencyData(bins);
  const loudness = BEEP_PITCHES_HZ.map((hz) => {
    const bin = Math.round((hz * live.node.fftSize) / live.context.sampleRate);
    return Math.max(...bins.slice(bin - 1, bin + 2));
  });
  const loudest = Math.max(...loudness);
  return loudest > BEEP_THRESHOLD_DB ? loudness.indexOf(loudest) : null;
}

const BEEP_THRESHOLD_DB = -40;

/** When something of a second happened, in milliseconds of performance.now(). */
export interface TimedSecond {
  /** The second, modulo the number of pitches. */
  second: number;
  atMs: number;
}

/** When flashes were seen and when beeps began to be heard (on their way to the speakers). */
async function recordFlashesAndBeeps(
  forMs: number,
  frameRate: number,
): Promise<{ flashes: TimedSecond[]; beeps: TimedSecond[] }> {
  const flashes: TimedSecond[] = [];
  const beeps: TimedSecond[] = [];
  let beeping: number | null = 0;
  let second: number | undefined;
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    const beep = currentBeep();
    if (beep !== null && beeping === null) beeps.push({ second: beep, atMs: performance.now() });
    beeping = beep;
    const { frame, atMs } = sampleCanvas();
    if (frame === null) continue;
    const now = Math.floor(frame / frameRate);
    // The frame may be the second or third of its second: when the flash itself was due.
    const dueMs = atMs - ((frame % frameRate) * 1000) / frameRate;
    if (second !== undefined && now > second)
      flashes.push({ second: now % BEEP_PITCHES_HZ.length, atMs: dueMs });
    second = now;
  }
  return { flashes, beeps };
}

export interface SwitchReport {
  paintedFrames: PaintedFrame[];
  canvasSamples: CanvasSample[];
  /** From the wish to the picture, for each. */
  switchMs: number[];
  audio: { looks: number; holes: number };
}

/** Shows these renditions one after another, each for a while, and tells all that could be seen and heard of it. */
async function switchRenditions(names: readonly string[], eachMs: number): Promise<SwitchReport> {
  const node = audioTaps.findLast(({ context }) => context.state === 'running')?.node;
  const sound = node ? countAudioGaps(node) : { stop: () => ({ looks: 0, holes: 0 }) };
  const seen: CanvasSample[] = [];
  const tookMs: number[] = [];
  let looking = true;
  const glances = (async () => {
    while (looking) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      seen.push(sampleCanvas());
    }
  })();
  const frames = await recordPaintedFrames(async () => {
    for (const name of names) {
      player.setPreferredRendition(name);
      tookMs.push(await until(({ rendition }) => rendition === name, 10_000));
      await new Promise((resolve) => setTimeout(resolve, eachMs));
    }
  });
  looking = false;
  await glances;
  return { paintedFrames: frames, canvasSamples: seen, switchMs: tookMs, audio: sound.stop() };
}

/** A film with the pattern's code and a tone, recorded by the browser itself. */
async function recordClip(forMs: number): Promise<File> {
  const picture = document.createElement('canvas');
  picture.width = 640;
  picture.height = 360;
  const context = picture.getContext('2d');
  let frame = 0;
  const draw = setInterval(() => {
    if (!context) return;
    context.fillStyle = '#808080';
    context.fillRect(0, 0, picture.width, picture.height);
    for (const cell of patternCells(frame++, picture.width, picture.height)) {
      context.fillStyle = cell.white ? '#ffffff' : '#000000';
      context.fillRect(cell.x, cell.y, cell.width, cell.height);
    }
  }, 40);
  const audio = new AudioContext();
  const tone = new OscillatorNode(audio);
  const out = audio.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  const stream = new MediaStream([...picture.captureStream().getTracks(), ...out.stream.getTracks()]);
  const recorder = new MediaRecorder(stream, { mimeType: 'video/webm;codecs=vp8,opus' });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, forMs));
  recorder.stop();
  await stopped;
  clearInterval(draw);
  await audio.close();
  return new File(parts, 'film.webm', { type: 'video/webm' });
}

/** Frames a second of what the person who publishes sees. */
async function previewFrameRate(forMs: number): Promise<number> {
  const element = document.createElement('video');
  element.muted = true;
  element.srcObject = media.publisher.state.get().preview;
  await element.play();
  let frames = 0;
  const count = () => {
    frames += 1;
    element.requestVideoFrameCallback(count);
  };
  element.requestVideoFrameCallback(count);
  await new Promise((resolve) => setTimeout(resolve, forMs));
  element.srcObject = null;
  return (frames * 1000) / forMs;
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
  sampleCanvas: sampleCanvas,
  sightings: sampleCanvasFor,
  flashesAndBeeps: recordFlashesAndBeeps,
  switching: switchRenditions,
  encoded: encodedFrames,
  recordFilm: recordClip,
  previewRate: previewFrameRate,
  until,
  phases,
  playerState: () => player.state.get(),
  playerLevel: () => player.level.get(),
  player: () => player,
  closePlayer: () => player.close(),
  stall: (whose: keyof typeof channels, forMs: number) => channels[whose].stall(forMs),
  cutChannel: (whose: keyof typeof channels, forMs: number) => channels[whose].cut(forMs),
  close: () => Promise.all([media.close(), viewerMedia.close()]),
};

export type MediaHarness = typeof harness;

declare global {
  interface Window {
    mediaHarness: MediaHarness;
  }
}
window.mediaHarness = harness;
// A path to watch from the start, for pages that must not be touched: driving a page counts as a click.
if (location.hash) watch(location.hash.slice(1));
