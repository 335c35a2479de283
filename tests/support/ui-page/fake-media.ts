import { Store } from '../../../common/store.ts';
import type {
  Device,
  Devices,
  Media,
  MediaProblem,
  Player,
  PlayerState,
  PlayerView,
  Publisher,
  PublisherLimits,
  PublisherState,
  Ringer,
  SoundProcessing,
  VideoChoice,
} from '../../../renderer/media/types.ts';
import { paint } from './scene.ts';

export class FakePublisher implements Publisher {
  readonly state = new Store<PublisherState>({
    phase: 'idle',
    name: null,
    source: 'camera',
    preview: null,
    picture: 'off',
    sound: 'off',
    problem: null,
    encoding: [],
    note: null,
  });
  readonly level = new Store(0);
  readonly chosen: VideoChoice[] = [];
  processing: SoundProcessing | null = null;
  limits: PublisherLimits | null = null;
  /** The problem that the next `choose` runs into. */
  nextProblem: MediaProblem | null = null;
  /** What `choose` waits for, as for an answer to the system's question. */
  permission: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;

  change(patch: Partial<PublisherState>): void {
    this.state.update((state) => ({ ...state, ...patch }));
  }

  async choose(video: VideoChoice, signal?: AbortSignal): Promise<void> {
    this.chosen.push(video);
    const problem = this.nextProblem;
    this.nextProblem = null;
    this.change({ source: video.kind, picture: 'starting', problem: null });
    await this.permission;
    signal?.throwIfAborted();
    if (problem) {
      this.#stopPicture();
      this.change({ picture: 'failed', problem, preview: null });
      throw new Error(problem.message);
    }
    this.change({ picture: 'on', preview: this.#startPicture(video) });
  }

  async chooseSound(microphone: { id: string | null } | false): Promise<void> {
    this.change({ sound: microphone ? 'on' : 'off' });
    this.level.set(microphone ? 0.32 : 0);
  }

  setSoundProcessing(processing: SoundProcessing): void {
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
    this.change({ phase: 'idle', name: null, encoding: [], preview: null, picture: 'off', sound: 'off' });
  }

  async setMuted(muted: boolean): Promise<void> {
    this.change({ sound: muted ? 'muted' : 'on' });
  }

  async setPictureOff(off: boolean): Promise<void> {
    if (off) this.#stopPicture();
    this.change(
      off
        ? { picture: 'off', preview: null }
        : { picture: 'on', preview: this.#startPicture({ kind: this.state.get().source }) },
    );
  }

  dismissProblem(): void {
    this.change({ problem: null });
  }

  async release(): Promise<void> {
    if (this.state.get().phase === 'live') return;
    this.#stopPicture();
    this.change({ preview: null, picture: 'off', sound: 'off' });
  }

  async close(): Promise<void> {
    this.#stopPicture();
  }

  #startPicture(video: VideoChoice): MediaStream {
    this.#stopPicture();
    const canvas = document.createElement('canvas');
    canvas.width = 1280;
    canvas.height = 720;
    const draw = (): void => paint(canvas, video.kind === 'camera' ? 'person' : 'pattern');
    draw();
    this.#timer = setInterval(draw, 200);
    return canvas.captureStream();
  }

  #stopPicture(): void {
    clearInterval(this.#timer);
    for (const track of this.state.get().preview?.getTracks() ?? []) track.stop();
  }
}

export class FakePlayer implements Player {
  readonly state = new Store<PlayerState>({
    phase: 'offline',
    hasVideo: false,
    hasAudio: false,
    soundBlocked: false,
    pictureOff: false,
    rendition: null,
    renditions: [],
    mode: 'auto',
    estimateBps: null,
    decisions: [],
    note: null,
    codec: null,
    width: 0,
    height: 0,
    framesPerSecond: 0,
    bufferMs: 0,
    framesDropped: 0,
    delayMs: null,
    skewMs: null,
    problem: null,
  });
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

  /** Pictures and sound, as from a friend who is live. */
  play(patch: Partial<PlayerState> = {}): void {
    this.change({
      phase: 'playing',
      hasVideo: true,
      hasAudio: true,
      rendition: 'video/h264-720p',
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

  setRendition(mode: string): void {
    this.change({ mode });
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

  pictureStream(): { stream: MediaStream; close(): void } | null {
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

/** Rings without a sound. */
class FakeRinger implements Ringer {
  ringing: 'in' | 'out' | null = null;

  ring(kind: 'in' | 'out' | null): void {
    this.ringing = kind;
  }

  close(): void {
    this.ringing = null;
  }
}

/** Media without devices and network; tests hold its parts. */
export class FakeMedia implements Media {
  readonly publisher = new FakePublisher();
  readonly caller = new FakePublisher();
  readonly ringer = new FakeRinger();
  readonly devices = new FakeDevices();
  /** Every player, the newest last. */
  readonly players: FakePlayer[] = [];

  player(ticket: string): Player {
    const player = new FakePlayer(ticket);
    this.players.push(player);
    return player;
  }

  async close(): Promise<void> {
    await this.publisher.close();
    await this.caller.close();
    this.devices.close();
  }
}
