import { Store } from '../../../common/base/store.ts';
import type { RenditionDecision, RenditionOffer } from '../../../common/bridge/renditions.ts';
import type { Media, Ringer } from '../../../renderer/media/shared/media.ts';
import { MediaError } from '../../../renderer/media/shared/media-error.ts';
import type { Player, PlayerState, PlayerView } from '../../../renderer/media/shared/player-types.ts';
import { NO_BROADCAST } from '../../../renderer/media/shared/player-types.ts';
import type {
  Publisher,
  PublisherLimits,
  PublisherState,
  StagedSource,
} from '../../../renderer/media/shared/publisher-types.ts';
import { IDLE_PUBLISHER } from '../../../renderer/media/shared/publisher-types.ts';
import type {
  AudioProcessing,
  Device,
  Devices,
  MediaProblem,
  VideoSelection,
} from '../../../renderer/media/shared/source-types.ts';
import { paint } from './scene.ts';

/** A publisher without devices. Records the selected sources and limits, and shows a drawn scene. */
export class FakePublisher implements Publisher {
  readonly state = new Store<PublisherState>(IDLE_PUBLISHER);
  readonly level = new Store(0);
  readonly chosen: VideoSelection[] = [];
  processing: AudioProcessing | null = null;
  limits: PublisherLimits | null = null;
  /** The problem that makes the next `selectVideo` fail; null if it succeeds. */
  nextProblem: MediaProblem | null = null;
  /** `selectVideo` waits for this promise, as it would for the user's response to a permission prompt. */
  permission: Promise<void> = Promise.resolve();
  #stopDrawing = (): void => undefined;

  change(patch: Partial<PublisherState>): void {
    this.state.update((state) => ({ ...state, ...patch }));
  }

  async selectVideo(video: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.chosen.push(video);
    const problem = this.nextProblem;
    this.nextProblem = null;
    this.change({ source: video.kind, video: 'starting', problem: null });
    await this.permission;
    signal?.throwIfAborted();
    if (problem) {
      this.#stopPicture();
      this.change({ video: 'failed', problem, preview: null });
      throw new Error(problem.message);
    }
    this.change({ video: 'on', preview: this.#startPicture(video) });
  }

  async stageVideo(video: VideoSelection, signal: AbortSignal): Promise<StagedSource> {
    await this.permission;
    signal.throwIfAborted();
    const problem = this.nextProblem;
    this.nextProblem = null;
    if (problem) throw new MediaError(problem.device, problem.fault);
    const drawn = drawScene(video);
    return {
      preview: drawn.stream,
      onEnded: () => undefined,
      use: () => {
        this.chosen.push(video);
        this.#stopPicture();
        this.#stopDrawing = drawn.stop;
        this.change({ source: video.kind, video: 'on', preview: drawn.stream, problem: null });
        return true;
      },
      close: () => {
        if (this.state.get().preview !== drawn.stream) drawn.stop();
      },
    };
  }

  async selectAudio(microphone: { id: string | null } | false): Promise<void> {
    this.change({ audio: microphone ? 'on' : 'off' });
    this.level.set(microphone ? 0.32 : 0);
  }

  setAudioProcessing(processing: AudioProcessing): void {
    this.processing = processing;
  }

  setLimits(limits: PublisherLimits): void {
    this.limits = limits;
  }

  async goLive(name: string): Promise<void> {
    this.change({ phase: 'starting', name });
    await Promise.resolve();
    this.change({ phase: 'live' });
  }

  async stop(): Promise<void> {
    this.#stopPicture();
    this.change({ phase: 'idle', name: null, encoding: [], preview: null, video: 'off', audio: 'off' });
  }

  async setMuted(muted: boolean): Promise<void> {
    this.change({ audio: muted ? 'muted' : 'on' });
  }

  async setVideoOff(off: boolean): Promise<void> {
    if (off) this.#stopPicture();
    this.change(
      off
        ? { video: 'off', preview: null }
        : { video: 'on', preview: this.#startPicture({ kind: this.state.get().source }) },
    );
  }

  dismissProblem(): void {
    this.change({ problem: null });
  }

  async release(): Promise<void> {
    if (this.state.get().phase === 'live') return;
    this.#stopPicture();
    this.change({ preview: null, video: 'off', audio: 'off' });
  }

  async close(): Promise<void> {
    this.#stopPicture();
  }

  #startPicture(video: VideoSelection): MediaStream {
    this.#stopPicture();
    const { stream, stop } = drawScene(video);
    this.#stopDrawing = stop;
    return stream;
  }

  #stopPicture(): void {
    this.#stopDrawing();
    this.#stopDrawing = () => undefined;
  }
}

/** Draws the video of a source until `stop` is called. */
function drawScene({ kind }: VideoSelection): { stream: MediaStream; stop(): void } {
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const draw = (): void => paint(canvas, kind === 'camera' ? 'person' : 'pattern');
  draw();
  const timer = setInterval(draw, 200);
  const stream = canvas.captureStream();
  return {
    stream,
    stop: () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) track.stop();
    },
  };
}

/** The renditions that a publisher with a 1080p camera makes available. */
const OFFERS: readonly RenditionOffer[] = [
  { name: 'video/h264-180p', width: 320, height: 180, framesPerSecond: 30, bitrateBps: 240_000 },
  { name: 'video/h264-360p', width: 640, height: 360, framesPerSecond: 30, bitrateBps: 750_000 },
  { name: 'video/h264-720p', width: 1280, height: 720, framesPerSecond: 30, bitrateBps: 2_500_000 },
  { name: 'video/h264-1080p', width: 1920, height: 1080, framesPerSecond: 30, bitrateBps: 5_200_000 },
];

const STARTED_MS = Date.UTC(2026, 2, 1, 14, 3, 20);
const DECISIONS: readonly RenditionDecision[] = [
  { atMs: STARTED_MS, from: null, to: 'video/h264-360p', reason: 'start: 0.9 Mbit/s needed' },
  {
    atMs: STARTED_MS + 1_400,
    from: 'video/h264-360p',
    to: 'video/h264-720p',
    reason: '8.1 Mbit/s available, 2.6 needed',
  },
  {
    atMs: STARTED_MS + 42_000,
    from: 'video/h264-720p',
    to: 'video/h264-360p',
    reason: '0.9 Mbit/s available, 2.5 needed',
  },
  {
    atMs: STARTED_MS + 61_000,
    from: 'video/h264-360p',
    to: 'video/h264-720p',
    reason: '3.2 Mbit/s available, 2.5 needed',
  },
];

/** A player without a network. Tests set its state, and it draws a scene. */
export class FakePlayer implements Player {
  readonly state = new Store<PlayerState>(NO_BROADCAST);
  readonly level = new Store(0);
  readonly ticket: string;
  volume = 1;
  muted = false;
  latency: 'real-time' | number = 'real-time';
  view: PlayerView | null = null;
  closed = false;
  #canvas: HTMLCanvasElement | null = null;

  constructor(ticket: string) {
    this.ticket = ticket;
  }

  change(patch: Partial<PlayerState>): void {
    this.state.update((state) => ({ ...state, ...patch }));
    this.#draw();
  }

  /** Starts playing video and audio, as if from a live publisher. */
  play(patch: Partial<PlayerState> = {}): void {
    this.change({
      phase: 'playing',
      hasVideo: true,
      hasAudio: true,
      rendition: 'video/h264-720p',
      renditions: OFFERS,
      estimateBps: 3_240_000,
      decisions: DECISIONS,
      codec: 'avc1.42e01f',
      width: 1280,
      height: 720,
      framesPerSecond: 30,
      bufferMs: 42,
      framesDropped: 2,
      delayMs: 87,
      skewMs: 3,
      ...patch,
    });
    this.level.set(0.4);
  }

  setPreferredRendition(preferredRendition: string): void {
    const chosen = this.state.get().renditions.find(({ name }) => name === preferredRendition);
    this.change({ preferredRendition, ...(chosen ? { rendition: preferredRendition } : {}) });
  }

  setView(view: PlayerView): void {
    this.view = view;
  }

  setCanvas(canvas: HTMLCanvasElement | null): void {
    this.#canvas = canvas;
    this.#draw();
  }

  setVolume(volume: number): void {
    this.volume = volume;
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
  }

  videoStream(): { stream: MediaStream; close(): void } | null {
    return null;
  }

  setLatency(latency: 'real-time' | number): void {
    this.latency = latency;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #draw(): void {
    if (!this.#canvas || this.state.get().phase !== 'playing') return;
    this.#canvas.width = 1280;
    this.#canvas.height = 720;
    paint(this.#canvas, this.ticket.startsWith('calls/') ? 'person' : 'place');
  }
}

class FakeDevices implements Devices {
  readonly cameras = new Store<readonly Device[]>([
    { id: 'cam-1', label: 'Built-in camera' },
    { id: 'cam-2', label: 'Logitech BRIO Ultra HD Webcam with an unusually long product name (046d:085e)' },
  ]);
  readonly microphones = new Store<readonly Device[]>([
    { id: 'mic-1', label: 'Built-in microphone' },
    { id: 'mic-2', label: 'USB headset' },
  ]);

  close(): void {
    this.cameras.set([]);
    this.microphones.set([]);
  }
}

/** A silent ringer. */
class FakeRinger implements Ringer {
  ringing: 'in' | 'out' | null = null;

  ring(kind: 'in' | 'out' | null): void {
    this.ringing = kind;
  }

  close(): void {
    this.ringing = null;
  }
}

/** A fake media layer without devices or a network. Tests drive its parts. */
export class FakeMedia implements Media {
  readonly publisher = new FakePublisher();
  readonly callPublisher = new FakePublisher();
  readonly ringer = new FakeRinger();
  readonly devices = new FakeDevices();
  /** All players, newest last. */
  readonly players: FakePlayer[] = [];

  createPlayer(ticket: string): Player {
    const player = new FakePlayer(ticket);
    this.players.push(player);
    return player;
  }

  async close(): Promise<void> {
    await this.publisher.close();
    await this.callPublisher.close();
    this.devices.close();
  }
}
