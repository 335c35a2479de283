import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { type AppState, settingsSchema } from '../../../../../common/bridge/bridge.ts';
import type { WindowChannel } from '../../../../../renderer/features/live/live-channel.ts';
import { LiveModel } from '../../../../../renderer/features/live/live-model.ts';
import type { LiveServices } from '../../../../../renderer/features/live/live-services.ts';
import type { FileKeeper } from '../../../../../renderer/features/live/saved-file.ts';
import { Toasts } from '../../../../../renderer/features/shared/toasts.ts';
import { MediaError } from '../../../../../renderer/media/shared/media-error.ts';
import {
  IDLE_PUBLISHER,
  type Publisher,
  type PublisherState,
  type StagedSource,
} from '../../../../../renderer/media/shared/publisher-types.ts';
import type { MediaProblem, VideoSelection } from '../../../../../renderer/media/shared/source-types.ts';

/** Opens the devices in `cameras` and `microphones`. Opening video waits for `permission`. */
class FakePublisher implements Publisher {
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

/** Stores files like the browser, and shares them across a test's `setUp` calls. */
class FakeFiles implements FileKeeper {
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

let files: FakeFiles;
let publisher: FakePublisher;
let failures: string[];
/** Messages that this window sent to other windows. */
let announced: unknown[];

/** The sources that `screens.list` returns, and the requests that `screens.choose` has received. */
let screens: { id: string; kind: string }[];
let chosen: unknown[];

async function request(method: string, request: unknown): Promise<unknown> {
  if (method === 'screens.choose') chosen.push(request);
  return method === 'screens.list' ? screens : null;
}

function setUp(settings: Partial<AppState['settings']> = {}, autostart: 'camera' | 'screen' | null = null) {
  const screen = new Store<{ name: string }>({ name: 'golive' });
  const services = {
    info: {
      version: '1',
      host: 'browser',
      autostart,
      ownScreenPicker: true,
      rendition: 'auto',
      maxResolution: null,
      latencyMs: null,
    },
    media: { publisher },
    bridge: { request },
    toasts: new Toasts(),
    state: new Store({ settings: { ...settingsSchema.parse({}), ...settings } }),
    screen,
    go: (next: { name: string }) => screen.set(next),
    changeSettings: () => undefined,
    attempt: (work: Promise<unknown>, what: string) => void work.catch(() => failures.push(what)),
  };
  const channel: WindowChannel = {
    onmessage: null,
    close: () => undefined,
    postMessage: (message) => announced.push(message),
  };
  const receive = (data: unknown) =>
    channel.onmessage?.call(channel as BroadcastChannel, { data } as MessageEvent);
  return {
    model: new LiveModel(services as unknown as LiveServices, channel, files),
    screen,
    receive,
    toasts: services.toasts,
  };
}

const settled = () => new Promise((done) => setTimeout(done, 5));

beforeEach(() => {
  publisher = new FakePublisher();
  files = new FakeFiles();
  failures = [];
  announced = [];
  screens = [];
  chosen = [];
  const stored = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
  return () => vi.unstubAllGlobals();
});

describe('LiveModel', () => {
  it('does not go live if the user leaves before allowing the camera', async () => {
    const { model } = setUp();
    let allow: () => void = () => undefined;
    publisher.permission = new Promise((resolve) => {
      allow = resolve;
    });
    model.openPreview();
    model.start('hello');
    await settled();
    model.leave();
    allow();
    await settled();
    expect(publisher.calls).toEqual(['select camera null', 'stop']);
    expect(publisher.state.get().phase).toBe('idle');
    expect(failures).toEqual([]);
  });

  it('replaces a saved camera and microphone that no longer exist with the system defaults', async () => {
    const { model } = setUp({ cameraId: 'old', microphoneId: 'old' });
    model.openPreview();
    await settled();
    expect(publisher.calls).toEqual(['select camera old', 'select camera null']);
    expect(publisher.state.get()).toMatchObject({ video: 'on', audio: 'on' });
    expect(model.sources.selection.get()).toMatchObject({ cameraId: null, microphoneId: null });
  });

  it('does not replace a device that the user has just selected', async () => {
    const { model } = setUp();
    model.sources.selectCamera('unplugged');
    await settled();
    expect(publisher.calls).toEqual(['select camera unplugged']);
    expect(publisher.state.get().problem).toMatchObject({ device: 'camera', fault: 'missing' });
  });

  it('goes live automatically under the stored name, without leaving the Watch screen', async () => {
    const { model, screen } = setUp({ broadcastName: 'amber-otter-123456' }, 'camera');
    screen.set({ name: 'watch' });
    model.boot();
    model.leave();
    await settled();
    expect(screen.get().name).toBe('watch');
    expect(publisher.state.get()).toMatchObject({ phase: 'live', name: 'amber-otter-123456' });
  });

  it('shares the only screen automatically', async () => {
    screens = [
      { id: 'window:1', kind: 'window' },
      { id: 'screen:1', kind: 'screen' },
    ];
    const { model } = setUp({}, 'screen');
    model.boot();
    await settled();
    expect(chosen).toEqual([{ id: 'screen:1' }]);
    expect(publisher.state.get()).toMatchObject({ phase: 'live', source: 'screen' });
  });

  it.each([
    { title: 'several screens', ids: ['screen:1', 'screen:2'] },
    { title: 'only windows', ids: ['window:1'] },
    { title: 'no sources', ids: [] },
  ])('shares nothing automatically and opens the picker if there are $title', async ({ ids }) => {
    screens = ids.map((id) => ({ id, kind: id.replace(/:.*/, '') }));
    const { model } = setUp({}, 'screen');
    model.boot();
    await settled();
    expect(chosen).toEqual([]);
    expect(publisher.calls).not.toContain('select screen null');
    expect(publisher.state.get().phase).toBe('idle');
    expect(model.sources.pickerOpen.get()).toBe(true);
    model.sources.answerPicker(null);
    await settled();
    expect(publisher.state.get().phase).toBe('idle');
    expect(failures).toEqual([]);
  });

  it('stops with a message when another window goes live under the same name', async () => {
    const { model, receive, toasts } = setUp();
    model.start('hello');
    await settled();
    expect(announced).toEqual([{ live: 'hello' }]);
    for (const other of [{ live: 'else' }, 'hello', null]) receive(other);
    expect(publisher.state.get().phase).toBe('live');
    receive({ live: 'hello' });
    await settled();
    expect(publisher.state.get().phase).toBe('idle');
    expect(toasts.list.get().at(-1)?.text).toMatch(/Another window went live as “hello”/);
    expect(announced).toHaveLength(1);
  });

  it('selects the previous source again when a file cannot be opened', async () => {
    const { model } = setUp();
    model.openPreview();
    await settled();
    model.start('hello');
    await settled();
    model.sources.selectFile(new File([], 'broken.mp4'));
    await settled();
    expect(model.sources.selection.get()).toMatchObject({ kind: 'camera', file: null });
    const good = new File([], 'good.mp4');
    model.sources.selectFile(good);
    await settled();
    model.sources.selectFile(new File([], 'broken.mp4'));
    await settled();
    expect(model.sources.selection.get()).toMatchObject({ kind: 'file', file: good });
    expect(publisher.state.get().problem).toMatchObject({ device: 'file' });
  });

  it('resumes a file after a reload, and keeps it only while it is live', async () => {
    const { model } = setUp();
    const file = new File(['x'], 'good.mp4');
    model.sources.selectFile(file);
    model.start('hello');
    await settled();
    expect([...files.kept]).toEqual([['hello', file]]);

    publisher = new FakePublisher();
    const { model: reloaded } = setUp();
    reloaded.boot();
    await settled();
    expect(publisher.state.get()).toMatchObject({ phase: 'live', name: 'hello', source: 'file' });
    expect(reloaded.sources.selection.get().file).toBe(file);
    expect(reloaded.interrupted.get()).toBeNull();

    reloaded.sources.selectKind('test');
    await settled();
    expect(files.kept.size).toBe(0);
    reloaded.sources.selectFile(file);
    await settled();
    expect(files.kept.size).toBe(1);
    reloaded.stop();
    await settled();
    expect(files.kept.size).toBe(0);
  });

  it('reports that a file cannot be kept, and asks for it after a reload', async () => {
    const { model, toasts } = setUp();
    files.refusal = new Error('The file is too large.');
    model.sources.selectFile(new File(['x'], 'good.mp4'));
    model.start('hello');
    await settled();
    expect(toasts.list.get().at(-1)?.text).toMatch(/have to choose the file again.*too large/);

    publisher = new FakePublisher();
    const { model: reloaded } = setUp();
    reloaded.boot();
    await settled();
    expect(reloaded.interrupted.get()).toEqual({ name: 'hello', source: 'file' });
    expect(publisher.state.get().phase).toBe('idle');
  });

  it('sends a new source only when the user applies the change', async () => {
    const { model } = setUp();
    model.openPreview();
    await settled();
    model.start('hello');
    await settled();
    publisher.calls.length = 0;

    const cancelled = model.changeSource();
    cancelled.selectKind('test');
    await settled();
    expect(cancelled.preview.get().state).toBe('open');
    cancelled.close();
    expect(publisher.calls).toEqual(['stage test', 'close test']);
    expect(model.sources.selection.get().kind).toBe('camera');

    const change = model.changeSource();
    change.selectKind('file');
    expect(change.preview.get().state).toBe('missing');
    change.selectFile(new File([], 'broken.mp4'));
    await settled();
    expect(change.preview.get()).toMatchObject({ state: 'failed', problem: { device: 'file' } });
    change.apply();
    expect(publisher.state.get().source).toBe('camera');
    change.reset();
    expect(change.selection.get().kind).toBe('camera');
    const file = new File([], 'good.mp4');
    change.selectFile(file);
    await settled();
    change.apply();
    change.close();
    expect(publisher.calls.slice(2)).toEqual(['stage file', 'stage file', 'use file']);
    expect(publisher.state.get().source).toBe('file');
    expect(model.sources.selection.get()).toMatchObject({ kind: 'file', file });
  });

  it('replaces an open screen picker with a new one', async () => {
    const { model } = setUp();
    const first = model.sources.selectScreen();
    const second = model.sources.selectScreen();
    expect(await first).toBe(false);
    expect(model.sources.pickerOpen.get()).toBe(true);
    model.sources.answerPicker('screen:1');
    expect(await second).toBe(true);
    expect(model.sources.pickerOpen.get()).toBe(false);
  });
});
