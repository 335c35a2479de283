import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { type AppState, settingsSchema } from '../../../../../common/bridge/bridge.ts';
import type { LiveHost } from '../../../../../renderer/features/live/live-choice.ts';
import type { Channel } from '../../../../../renderer/features/live/live-elsewhere.ts';
import { LiveModel } from '../../../../../renderer/features/live/live-model.ts';
import { Toasts } from '../../../../../renderer/features/shared/toasts.ts';
import type {
  MediaProblem,
  Publisher,
  PublisherState,
  VideoSelection,
} from '../../../../../renderer/media/shared/types.ts';

const idle: PublisherState = {
  phase: 'idle',
  name: null,
  source: 'camera',
  preview: null,
  video: 'off',
  audio: 'off',
  problem: null,
  encoding: [],
  note: null,
};

/** Opens what `cameras` and `microphones` hold; a camera waits for `permission`. */
class Devices implements Publisher {
  readonly state = new Store<PublisherState>(idle);
  readonly level = new Store(0);
  cameras: (string | null)[] = [null];
  microphones: (string | null)[] = [null];
  permission: Promise<void> = Promise.resolve();
  readonly calls: string[] = [];

  async selectVideo(video: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.calls.push(`choose ${video.kind} ${video.cameraId ?? null}`);
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
    await Promise.race([this.permission, aborted]);
    if (video.file?.name === 'broken.mp4') this.#fail('file');
    if (!this.cameras.includes(video.cameraId ?? null)) this.#fail('camera');
    this.#set({ source: video.kind, video: 'on' });
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
    this.calls.push('sound processing');
  }

  setLimits(): void {
    this.calls.push('limits');
  }

  async stop(): Promise<void> {
    this.calls.push('stop');
    this.#set({ ...idle });
  }

  async release(): Promise<void> {
    this.calls.push('release');
  }

  setMuted = () => Promise.resolve();
  setVideoOff = () => Promise.resolve();
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

let devices: Devices;
let failures: string[];
/** What other windows were told. */
let told: unknown[];

function setUp(settings: Partial<AppState['settings']> = {}, autostart: 'camera' | null = null) {
  const screen = new Store<{ name: string }>({ name: 'golive' });
  const host = {
    info: {
      version: '1',
      host: 'browser',
      autostart,
      ownScreenPicker: true,
      rendition: 'auto',
      maxResolution: null,
      latencyMs: null,
    },
    media: { publisher: devices },
    bridge: { request: async () => null },
    toasts: new Toasts(),
    state: new Store({ settings: { ...settingsSchema.parse({}), ...settings } }),
    screen,
    go: (next: { name: string }) => screen.set(next),
    changeSettings: () => undefined,
    attempt: (work: Promise<unknown>, what: string) => void work.catch(() => failures.push(what)),
  };
  const channel: Channel = {
    onmessage: null,
    close: () => undefined,
    postMessage: (said) => told.push(said),
  };
  const hear = (data: unknown) =>
    channel.onmessage?.call(channel as BroadcastChannel, { data } as MessageEvent);
  return { model: new LiveModel(host as unknown as LiveHost, channel), screen, hear, toasts: host.toasts };
}

const settled = () => new Promise((done) => setTimeout(done, 5));

beforeEach(() => {
  devices = new Devices();
  failures = [];
  told = [];
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  return () => vi.unstubAllGlobals();
});

describe('LiveModel', () => {
  it('does not go live when the person leaves before the camera was allowed', async () => {
    const { model } = setUp();
    let allow: () => void = () => undefined;
    devices.permission = new Promise((resolve) => {
      allow = resolve;
    });
    model.open();
    model.start('hello');
    await settled();
    model.leave();
    allow();
    await settled();
    expect(devices.calls).toEqual(['choose camera null', 'stop']);
    expect(devices.state.get().phase).toBe('idle');
    expect(failures).toEqual([]);
  });

  it('takes the usual camera and microphone for those of an earlier start that are gone', async () => {
    const { model } = setUp({ cameraId: 'old', microphoneId: 'old' });
    model.open();
    await settled();
    expect(devices.calls).toEqual(['choose camera old', 'choose camera null']);
    expect(devices.state.get()).toMatchObject({ video: 'on', audio: 'on' });
    expect(model.sources.choice.get()).toMatchObject({ cameraId: null, microphoneId: null });
  });

  it('replaces no device that was chosen just now', async () => {
    const { model } = setUp();
    model.sources.selectCamera('unplugged');
    await settled();
    expect(devices.calls).toEqual(['choose camera unplugged']);
    expect(devices.state.get().problem).toMatchObject({ device: 'camera', fault: 'missing' });
  });

  it('starts by itself, and leaves a ticket that is being watched on the screen', async () => {
    const { model, screen } = setUp({}, 'camera');
    screen.set({ name: 'watch' });
    model.boot();
    model.leave();
    await settled();
    expect(screen.get().name).toBe('watch');
    expect(devices.state.get()).toMatchObject({ phase: 'live', name: 'hello' });
  });

  it('stops when another window of the app goes live under the same name, and says so', async () => {
    const { model, hear, toasts } = setUp();
    model.start('hello');
    await settled();
    expect(told).toEqual([{ live: 'hello' }]);
    for (const other of [{ live: 'else' }, 'hello', null]) hear(other);
    expect(devices.state.get().phase).toBe('live');
    hear({ live: 'hello' });
    await settled();
    expect(devices.state.get().phase).toBe('idle');
    expect(toasts.list.get().at(-1)?.text).toMatch(/Another window went live as “hello”/);
    expect(told).toHaveLength(1);
  });

  it('goes back to what is shown when a file cannot be', async () => {
    const { model } = setUp();
    model.open();
    await settled();
    model.start('hello');
    await settled();
    model.sources.selectFile(new File([], 'broken.mp4'));
    await settled();
    expect(model.sources.choice.get()).toMatchObject({ kind: 'camera', file: null });
    const good = new File([], 'good.mp4');
    model.sources.selectFile(good);
    await settled();
    model.sources.selectFile(new File([], 'broken.mp4'));
    await settled();
    expect(model.sources.choice.get()).toMatchObject({ kind: 'file', file: good });
    expect(devices.state.get().problem).toMatchObject({ device: 'file' });
  });

  it('asks for a screen anew in place of a question that is open', async () => {
    const { model } = setUp();
    const first = model.sources.selectScreen();
    const second = model.sources.selectScreen();
    expect(await first).toBe(false);
    expect(model.sources.picking.get()).toBe(true);
    model.sources.answerPicker('screen:1');
    expect(await second).toBe(true);
    expect(model.sources.picking.get()).toBe(false);
  });
});
