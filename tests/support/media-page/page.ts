import { Store } from '../../../common/base/store.ts';
import type { Bridge, MediaSocket } from '../../../common/bridge/bridge.ts';
import { MEDIA_PATH, MEDIA_SUBPROTOCOL } from '../../../common/bridge/frames.ts';
import { BufferedSocket } from '../../../renderer/bridge/buffered-socket.ts';
import { createMedia } from '../../../renderer/media/create-media.ts';
import type { PlayerState } from '../../../renderer/media/shared/player-types.ts';
import { patternCells, readPatternCode } from '../../../renderer/media/sources/pattern-code.ts';
import { BEEP_PITCHES_HZ } from '../../../renderer/media/sources/tone.ts';
import { countAudioGaps, type PaintedFrame, recordPaintedFrames } from './playback-recorder.ts';
import { cornersOf, recordRotatedClip } from './rotated-clip.ts';

/** A page with the window's media code but no views. Tests drive it through `window.mediaHarness`. */

/** The content of the player's canvas at one instant. */
export interface CanvasSample {
  /** Frame number of the test pattern; null if unreadable. */
  frame: number | null;
  /** Time of the sample on the clock of performance.now(), in milliseconds. */
  atMs: number;
}

/**
 * A media channel to main that tests can interrupt. The publisher and the viewer need separate channels,
 * because main does not announce a session's broadcasts to that session.
 */
class Channel implements Bridge {
  readonly connected = new Store(true);
  readonly loss = new Store(null);
  #socket: WebSocket | undefined;
  #buffered: BufferedSocket | undefined;
  #blocked = false;

  request(): Promise<never> {
    return Promise.reject(new Error('this page has no bridge methods'));
  }

  listen(): () => void {
    return () => undefined;
  }

  openMedia(signal?: AbortSignal): Promise<MediaSocket> {
    if (this.#blocked) return Promise.reject(new Error('main is not reachable'));
    const socket = new WebSocket(`ws://${location.host}/${MEDIA_PATH}`, MEDIA_SUBPROTOCOL);
    this.#socket = socket;
    const buffered = new BufferedSocket(socket);
    this.#buffered = buffered;
    return new Promise((resolve, reject) => {
      socket.addEventListener('open', () => resolve(buffered));
      socket.addEventListener('close', () => reject(new Error('main is not reachable')));
      signal?.addEventListener('abort', () => {
        socket.close();
        reject(signal.reason);
      });
    });
  }

  /** Delays all messages from main by this many milliseconds, and then delivers them together. */
  stall(forMs: number): void {
    const buffered = this.#buffered;
    const handler = buffered?.onmessage;
    if (!buffered || !handler) return;
    const delayed: { data: unknown }[] = [];
    buffered.onmessage = (event) => delayed.push(event);
    setTimeout(() => {
      buffered.onmessage = handler;
      for (const event of delayed) handler(event);
    }, forMs);
  }

  /** Closes the channel and keeps main unreachable for this many milliseconds. */
  cut(forMs: number): void {
    this.#blocked = true;
    this.#socket?.close();
    setTimeout(() => {
      this.#blocked = false;
    }, forMs);
  }
}

const channels = { publisher: new Channel(), viewer: new Channel() };
const publisherMedia = createMedia(channels.publisher);
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

/** A small copy of the canvas, because reading back the full-size canvas would cost more than painting it. */
const thumbnail = new OffscreenCanvas(320, 180);
const thumbnailContext = thumbnail.getContext('2d', { willReadFrequently: true });

function sampleCanvas(): CanvasSample {
  const atMs = performance.now();
  if (!thumbnailContext || canvas.width < 16) return { frame: null, atMs };
  thumbnailContext.drawImage(canvas, 0, 0, thumbnail.width, thumbnail.height);
  const pixels = thumbnailContext.getImageData(0, 0, thumbnail.width, thumbnail.height);
  return { frame: readPatternCode(pixels), atMs };
}

/**
 * Samples the canvas in each animation frame for a given time. Returns the samples that differ from the
 * previous one.
 */
async function sampleCanvasFor(forMs: number): Promise<CanvasSample[]> {
  const samples: CanvasSample[] = [];
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const sample = sampleCanvas();
    if (sample.frame !== samples.at(-1)?.frame) samples.push(sample);
  }
  return samples;
}

/**
 * Number of frames passed to encoders, and the nominal time of the pattern's frame 0, in milliseconds.
 */
const encodedFrames: { frames: number; originMs: number | null } = { frames: 0, originMs: null };
const encode = VideoEncoder.prototype.encode;
VideoEncoder.prototype.encode = function (frame, options) {
  encodedFrames.frames += 1;
  encodedFrames.originMs ??= patternOriginMs(frame);
  encode.call(this, frame, options);
};

/** Computes the nominal time of the pattern's frame 0 from a frame's number and its media timestamp. */
function patternOriginMs(frame: VideoFrame): number | null {
  const copy = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
  const context = copy.getContext('2d');
  if (!context) return null;
  context.drawImage(frame, 0, 0);
  const number = readPatternCode(context.getImageData(0, 0, copy.width, copy.height));
  return number === null ? null : frame.timestamp / 1000 - (number * 1000) / 30;
}

/** Analysers for the last nodes before the speakers, so that the tests measure the audible output. */
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

const BEEP_THRESHOLD_DB = -40;

/** Returns the pitch index of the beep that is audible now; null if there is none. */
function currentBeep(): number | null {
  const tap = audioTaps.findLast(({ context }) => context.state === 'running');
  if (!tap) return null;
  const bins = new Float32Array(tap.node.frequencyBinCount);
  tap.node.getFloatFrequencyData(bins);
  const loudness = BEEP_PITCHES_HZ.map((hz) => {
    const bin = Math.round((hz * tap.node.fftSize) / tap.context.sampleRate);
    return Math.max(...bins.slice(bin - 1, bin + 2));
  });
  const loudest = Math.max(...loudness);
  return loudest > BEEP_THRESHOLD_DB ? loudness.indexOf(loudest) : null;
}

/** The start of a second in the test pattern, marked by a flash or a beep. */
export interface TimedSecond {
  /** The number of the second, modulo the number of pitches. */
  second: number;
  /** Time on the clock of performance.now(), in milliseconds. */
  atMs: number;
}

/** Records when flashes become visible and beeps audible. */
async function recordFlashesAndBeeps(
  forMs: number,
  frameRate: number,
): Promise<{ flashes: TimedSecond[]; beeps: TimedSecond[] }> {
  const flashes: TimedSecond[] = [];
  const beeps: TimedSecond[] = [];
  let previousBeep: number | null = 0;
  let second: number | undefined;
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    const beep = currentBeep();
    if (beep !== null && previousBeep === null) beeps.push({ second: beep, atMs: performance.now() });
    previousBeep = beep;
    const { frame, atMs } = sampleCanvas();
    if (frame === null) continue;
    const now = Math.floor(frame / frameRate);
    // The sampled frame might be the second or third of the flash, so compute when the flash's first frame
    // was due.
    const dueMs = atMs - ((frame % frameRate) * 1000) / frameRate;
    if (second !== undefined && now > second)
      flashes.push({ second: now % BEEP_PITCHES_HZ.length, atMs: dueMs });
    second = now;
  }
  return { flashes, beeps };
}

/** What was observed while renditions were switched. */
export interface SwitchReport {
  paintedFrames: PaintedFrame[];
  canvasSamples: CanvasSample[];
  /** Time from each request to the first frame of the requested rendition, in milliseconds. */
  switchMs: number[];
  /** Number of times that the audio was sampled, and number of these samples that contained a gap. */
  audio: { samples: number; gaps: number };
}

/**
 * Requests renditions one after another, holds each for a given time, and reports what was painted and
 * played.
 */
async function switchRenditions(names: readonly string[], eachMs: number): Promise<SwitchReport> {
  const node = audioTaps.findLast(({ context }) => context.state === 'running')?.node;
  const audio = node ? countAudioGaps(node) : { stop: () => ({ samples: 0, gaps: 0 }) };
  const canvasSamples: CanvasSample[] = [];
  const switchMs: number[] = [];
  let sampling = true;
  const canvasSampling = (async () => {
    while (sampling) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      canvasSamples.push(sampleCanvas());
    }
  })();
  const paintedFrames = await recordPaintedFrames(async () => {
    for (const name of names) {
      player.setPreferredRendition(name);
      switchMs.push(await until(({ rendition }) => rendition === name, 10_000));
      await new Promise((resolve) => setTimeout(resolve, eachMs));
    }
  });
  sampling = false;
  await canvasSampling;
  return { paintedFrames, canvasSamples, switchMs, audio: audio.stop() };
}

/**
 * Samples the audible output for `forMs`. Returns the number of samples and the number of samples with a gap.
 */
async function audioGaps(forMs: number): Promise<{ samples: number; gaps: number }> {
  const node = audioTaps.findLast(({ context }) => context.state === 'running')?.node;
  if (!node) throw new Error('nothing is audible');
  const gaps = countAudioGaps(node);
  await new Promise((resolve) => setTimeout(resolve, forMs));
  return gaps.stop();
}

/** Records a video file with the pattern's code and a tone, using the browser's `MediaRecorder`. */
async function recordClip(forMs: number): Promise<File> {
  const clipCanvas = document.createElement('canvas');
  clipCanvas.width = 640;
  clipCanvas.height = 360;
  const context = clipCanvas.getContext('2d');
  let frame = 0;
  const draw = setInterval(() => {
    if (!context) return;
    context.fillStyle = '#808080';
    context.fillRect(0, 0, clipCanvas.width, clipCanvas.height);
    for (const cell of patternCells(frame++, clipCanvas.width, clipCanvas.height)) {
      context.fillStyle = cell.white ? '#ffffff' : '#000000';
      context.fillRect(cell.x, cell.y, cell.width, cell.height);
    }
  }, 40);
  const audio = new AudioContext();
  const tone = new OscillatorNode(audio);
  const out = audio.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  const stream = new MediaStream([...clipCanvas.captureStream().getTracks(), ...out.stream.getTracks()]);
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
  return new File(parts, 'clip.webm', { type: 'video/webm' });
}

/** Measures the frame rate of the publisher's preview, in frames per second. */
async function previewFrameRate(forMs: number): Promise<number> {
  const element = document.createElement('video');
  element.muted = true;
  element.srcObject = publisherMedia.publisher.state.get().preview;
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

/** Waits until the player's state matches. Returns how long that took, in milliseconds. */
function until(matches: (state: PlayerState) => boolean, withinMs: number): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve(performance.now() - startMs);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`player state is still ${JSON.stringify(player.state.get())}`));
    }, withinMs);
    const stop = player.state.subscribe((state) => {
      if (matches(state)) done();
    });
    if (matches(player.state.get())) done();
  });
}

const harness = {
  publisher: publisherMedia.publisher,
  devices: publisherMedia.devices,
  watch,
  sampleCanvas,
  sampleCanvasFor,
  recordFlashesAndBeeps,
  switchRenditions,
  audioGaps,
  encodedFrames,
  recordClip,
  recordRotatedClip,
  canvasCorners: () => ({ width: canvas.width, height: canvas.height, corners: cornersOf(canvas) }),
  previewFrameRate,
  until,
  phases,
  playerState: () => player.state.get(),
  playerLevel: () => player.level.get(),
  player: () => player,
  closePlayer: () => player.close(),
  stall: (side: keyof typeof channels, forMs: number) => channels[side].stall(forMs),
  cutChannel: (side: keyof typeof channels, forMs: number) => channels[side].cut(forMs),
  close: () => Promise.all([publisherMedia.close(), viewerMedia.close()]),
};

/** The functions that tests call in the page. */
export type MediaHarness = typeof harness;

declare global {
  interface Window {
    mediaHarness: MediaHarness;
  }
}
window.mediaHarness = harness;
// The URL hash starts playback without evaluating code, because the autoplay policy treats evaluated code
// like a click.
if (location.hash) watch(location.hash.slice(1));
