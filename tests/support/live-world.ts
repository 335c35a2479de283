import { beforeEach, vi } from 'vitest';
import { Store } from '../../common/base/store.ts';
import {
  type AppInfo,
  type BroadcastState,
  type Settings,
  settingsSchema,
} from '../../common/bridge/bridge.ts';
import type { WindowChannel } from '../../renderer/features/live/live-channel.ts';
import { LiveModel } from '../../renderer/features/live/live-model.ts';
import type { LiveServices } from '../../renderer/features/live/live-services.ts';
import type { FileKeeper } from '../../renderer/features/live/saved-file.ts';
import { Toasts } from '../../renderer/features/shared/toasts.ts';
import { MediaError } from '../../renderer/media/shared/media-error.ts';
import {
  IDLE_PUBLISHER,
  type Publisher,
  type PublisherState,
  type StagedSource,
} from '../../renderer/media/shared/publisher-types.ts';
import type { MediaProblem, VideoSelection } from '../../renderer/media/shared/source-types.ts';

/** Opens the devices in `cameras` and `microphones`. Opening video waits for `permission`. */
export class FakeLivePublisher implements Publisher {
  readonly state = new Store<PublisherState>(IDLE_PUBLISHER);
  readonly level = new Store(0);
  cameras: (string | null)[] = [null];
  microphones: (string | null)[] = [null];
  permission: Promise<void> = Promise.resolve();
  readonly calls: string[] = [];

  async selectVideo(video: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.calls.push(`select ${video.kind} ${video.cameraId ?? null}`);
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
    await Promise.race([this.permission, aborted]);
    if (video.file?.name === 'broken.mp4') this.#fail('file');
    if (!this.cameras.includes(video.cameraId ?? null)) this.#fail('camera');
    this.#set({ source: video.kind, video: 'on' });
    if (video.kind === 'screen') this.#set({ preview: {} as PublisherState['preview'] });
  }

  async stageVideo(video: VideoSelection): Promise<StagedSource> {
    this.calls.push(`stage ${video.kind}`);
    await this.permission;
    if (video.file?.name === 'broken.mp4') throw new MediaError('file', 'unplayable');
    return {
      preview: null,
      onEnded: () => undefined,
      use: () => {
        this.calls.push(`use ${video.kind}`);
        this.#set({ source: video.kind, video: 'on' });
        return true;
      },
      close: () => this.calls.push(`close ${video.kind}`),
    };
  }

  async selectAudio(microphone: { id: string | null } | false): Promise<void> {
    if (microphone && !this.microphones.includes(microphone.id)) this.#fail('microphone');
    this.#set({ audio: microphone ? 'on' : 'off' });
  }

  async goLive(name: string): Promise<void> {
    this.calls.push(`live ${name}`);
    this.#set({ phase: 'live', name });
  }

  async setAudioProcessing(): Promise<void> {
    this.calls.push('audio processing');
  }

  setLimits(): void {
    this.calls.push('limits');
  }

  async stop(): Promise<void> {
    this.calls.push('stop');
    this.#set(IDLE_PUBLISHER);
  }

  async release(): Promise<void> {
    this.calls.push('release');
  }

  setMuted = () => Promise.resolve();
  setVideoOff = async (off: boolean) => {
    this.calls.push(off ? 'video off' : 'video on');
    this.#set({ video: off ? 'off' : 'on' });
  };
  close = () => Promise.resolve();
  dismissProblem(): void {
    this.#set({ problem: null });
  }

  #fail(device: MediaProblem['device']): never {
    this.#set({ problem: { device, fault: 'missing', message: `no such ${device}` } });
    throw new Error(`no such ${device}`);
  }

  #set(change: Partial<PublisherState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }
}

/** Stores files like the browser, and shares them across a test's `openLive` calls. */
export class FakeFiles implements FileKeeper {
  readonly kept = new Map<string, File>();
  /** Why no file can be stored; null if files can be stored. */
  refusal: Error | null = null;

  async keep(name: string, file: File): Promise<void> {
    if (this.refusal) throw this.refusal;
    this.kept.set(name, file);
  }

  async load(name: string): Promise<File | null> {
    return this.kept.get(name) ?? null;
  }

  async clear(): Promise<void> {
    this.kept.clear();
  }

  removeStale = (): Promise<void> => Promise.resolve();
}

/** The parts of a live model under test that stay the same when its window reloads. */
export interface LiveWorld {
  publisher: FakeLivePublisher;
  readonly files: FakeFiles;
  settings: Partial<Settings>;
  autostart: AppInfo['autostart'];
  /** The sources that `screens.list` returns. */
  screens: { id: string; kind: string }[];
  /** The bridge requests that the model made, as `[method, request]`. */
  readonly requests: [string, unknown][];
  /** What `attempt` reported as failed. */
  readonly failures: string[];
  /** Messages that the window sent to other windows. */
  readonly announced: unknown[];
}

/**
 * Gives each test of a file a new world and an empty session storage. The returned object stays the same; its
 * content is replaced before each test.
 */
export function useLiveWorld(): LiveWorld {
  const world = liveWorld();
  beforeEach(() => {
    Object.assign(world, liveWorld());
    vi.stubGlobal('sessionStorage', fakeSessionStorage());
    return () => vi.unstubAllGlobals();
  });
  return world;
}

/** Returns a world with one camera, one microphone and no saved broadcast. */
function liveWorld(): LiveWorld {
  return {
    publisher: new FakeLivePublisher(),
    files: new FakeFiles(),
    settings: {},
    autostart: null,
    screens: [],
    requests: [],
    failures: [],
    announced: [],
  };
}

/** A live model in its window, with the controls of a test. */
export interface LiveWindow {
  model: LiveModel;
  screen: Store<{ name: string }>;
  toasts: Toasts;
  /** Sets the app's broadcasts, as main reports them. */
  setBroadcasts(broadcasts: Pick<BroadcastState, 'name' | 'window'>[]): void;
  /** Delivers a message from another window. */
  receive(message: unknown): void;
}

/** Opens a live model on the Go Live screen. */
export function openLive(world: LiveWorld): LiveWindow {
  const screen = new Store({ name: 'golive' });
  const toasts = new Toasts();
  const settings = { ...settingsSchema.parse({}), ...world.settings };
  const state = new Store<ReturnType<LiveServices['state']['get']>>({ settings });
  const request = async (method: string, input: unknown): Promise<unknown> => {
    world.requests.push([method, input]);
    return method === 'screens.list' ? world.screens : null;
  };
  const services: LiveServices = {
    info: { autostart: world.autostart, ownScreenPicker: true },
    media: { publisher: world.publisher },
    bridge: { request: request as LiveServices['bridge']['request'] },
    toasts,
    state,
    screen,
    go: (next) => screen.set(next),
    changeSettings: () => undefined,
    attempt: (work, what) => void work.catch(() => world.failures.push(what)),
  };
  const channel: WindowChannel = {
    onmessage: null,
    close: () => undefined,
    postMessage: (message) => world.announced.push(message),
  };
  return {
    model: new LiveModel(services, channel, world.files),
    screen,
    toasts,
    setBroadcasts: (broadcasts) => state.update((before) => ({ ...before, broadcasts })),
    receive: (data) => channel.onmessage?.call(channel as BroadcastChannel, { data } as MessageEvent),
  };
}

/** Waits until the model's pending work with the fakes is done. */
export const liveSettled = (): Promise<void> => new Promise((done) => setTimeout(done, 5));

/** Returns a session storage that outlives the models of one test, as it outlives a reload. */
function fakeSessionStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const stored = new Map<string, string>();
  return {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
    removeItem: (key) => void stored.delete(key),
  };
}
