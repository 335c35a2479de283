import { afterEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { settingsSchema } from '../../../../../common/bridge/bridge.ts';
import { ALL_ON, CallMedia, ownStatus } from '../../../../../renderer/features/call/call-media.ts';
import type { OwnStatus } from '../../../../../renderer/features/call/call-view.ts';
import type {
  Publisher,
  PublisherState,
  VideoSelection,
} from '../../../../../renderer/media/shared/types.ts';

const IDLE: PublisherState = {
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

/** A publisher that writes down what it is told. */
class PaperPublisher implements Publisher {
  readonly state = new Store<PublisherState>(IDLE);
  readonly level = new Store(0);
  readonly log: string[] = [];
  /** Sources that cannot be opened. */
  readonly broken = new Set<VideoSelection['kind']>();

  set(change: Partial<PublisherState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }

  async selectVideo({ kind }: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.log.push(`choose ${kind}`);
    await Promise.resolve();
    signal?.throwIfAborted();
    if (this.broken.has(kind)) {
      const device = kind === 'test' ? 'camera' : kind;
      const fault = kind === 'screen' ? 'cancelled' : 'missing';
      this.set({ video: 'failed', problem: { device, fault, message: 'broken' } });
      throw new Error('broken');
    }
    this.set({ video: 'on', source: kind });
  }

  async selectAudio(): Promise<void> {
    this.log.push('sound');
    this.set({ audio: 'on' });
  }

  setAudioProcessing(): void {
    this.log.push('processing');
  }

  setLimits(): void {
    this.log.push('limits');
  }

  async goLive(name: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.state.get().phase !== 'idle') throw new Error('You are live already.');
    this.log.push(`live ${name}`);
    this.set({ phase: 'live', name });
  }

  async stop(): Promise<void> {
    this.log.push('stop');
    this.set({ phase: 'idle', video: 'off', audio: 'off' });
  }

  async setMuted(muted: boolean): Promise<void> {
    this.log.push(muted ? 'mute' : 'unmute');
    this.set({ audio: muted ? 'muted' : 'on' });
  }

  async setVideoOff(off: boolean): Promise<void> {
    this.log.push(off ? 'dark' : 'light');
    this.set({ video: off ? 'off' : 'on' });
  }

  dismissProblem(): void {
    this.set({ problem: null });
  }

  async release(): Promise<void> {
    this.log.push('release');
  }

  async close(): Promise<void> {
    this.log.push('close');
  }
}

function make(options: { unattended?: boolean; picks?: boolean } = {}) {
  const publisher = new PaperPublisher();
  const told: [string, OwnStatus][] = [];
  const faults: string[] = [];
  const media = new CallMedia(publisher, {
    settings: () => settingsSchema.parse({}),
    unattended: () => options.unattended ?? false,
    pickScreen: async () => options.picks ?? true,
    attempt: (work, what) => void work.catch((error: unknown) => faults.push(`${what}: ${String(error)}`)),
    tell: (id, status) => told.push([id, status]),
  });
  return { publisher, told, faults, media };
}

const settled = () => new Promise((done) => setTimeout(done, 5));

afterEach(() => vi.unstubAllGlobals());

describe('CallMedia', () => {
  it('opens nothing before a call, all for it, and releases all after it', async () => {
    const { publisher, media, told, faults } = make();
    expect(publisher.log).toEqual([]);
    media.follow('a');
    await settled();
    expect(publisher.log).toEqual(['unmute', 'sound', 'choose camera', 'live a']);
    expect(told.at(-1)).toEqual(['a', { muted: false, pictureOff: false, sharing: false }]);
    media.follow(null);
    await settled();
    expect(publisher.log.at(-1)).toBe('stop');
    expect(faults).toEqual([]);
    await media.close();
  });

  it('opens no camera for a call accepted with sound only', async () => {
    const { publisher, media, told } = make();
    media.wish({ ...ALL_ON, picture: false });
    media.follow('a');
    await settled();
    expect(publisher.log).not.toContain('choose camera');
    expect(publisher.log).toContain('live a');
    expect(told.at(-1)?.[1].pictureOff).toBe(true);
  });

  it('sends nothing in a call that ended while the camera opened', async () => {
    const { publisher, media, faults } = make();
    media.follow('a');
    media.follow(null);
    await settled();
    expect(publisher.log).not.toContain('live a');
    expect(publisher.log.at(-1)).toBe('stop');
    expect(faults).toEqual([]);
  });

  it('ends one broadcast before it begins the next', async () => {
    const { publisher, media, faults } = make();
    media.follow('a');
    await settled();
    media.follow('b');
    await settled();
    expect(publisher.log.filter((entry) => /^(live|stop)/.test(entry))).toEqual(['live a', 'stop', 'live b']);
    expect(faults).toEqual([]);
  });

  it('goes on without a picture where there is no camera, or with the test pattern when nobody is there', async () => {
    const attended = make();
    attended.publisher.broken.add('camera');
    attended.media.follow('a');
    await settled();
    expect(attended.publisher.log.slice(-2)).toEqual(['dark', 'live a']);
    expect(attended.told.at(-1)?.[1].pictureOff).toBe(true);

    const alone = make({ unattended: true });
    alone.publisher.broken.add('camera');
    alone.media.follow('a');
    await settled();
    expect(alone.publisher.log.slice(-2)).toEqual(['choose test', 'live a']);
    expect(alone.told.at(-1)?.[1].pictureOff).toBe(false);
  });

  it('shares the screen in place of the camera, and goes back to it however sharing ends', async () => {
    const { publisher, media, told } = make();
    media.follow('a');
    await settled();
    await media.share();
    expect(told.at(-1)?.[1]).toEqual({ muted: false, pictureOff: false, sharing: true });
    // The system's own button.
    publisher.set({
      video: 'failed',
      problem: { device: 'screen', fault: 'unplugged', message: 'The share was stopped.' },
    });
    await settled();
    expect(publisher.log.at(-1)).toBe('choose camera');
    expect(publisher.state.get().problem).toBeNull();
    expect(told.at(-1)?.[1]).toEqual({ muted: false, pictureOff: false, sharing: false });
  });

  it('leaves everything as it was when no screen is chosen', async () => {
    const { publisher, media, told } = make();
    media.follow('a');
    await settled();
    publisher.broken.add('screen');
    await media.share();
    expect(media.wishes.get().sharing).toBe(false);
    expect(publisher.state.get().problem).toBeNull();
    expect(told.at(-1)?.[1].sharing).toBe(false);
    const closed = make({ picks: false });
    closed.media.follow('a');
    await settled();
    await closed.media.share();
    expect(closed.publisher.log).not.toContain('choose screen');
  });

  it('tells the other side of each change once', async () => {
    const { publisher, media, told } = make();
    media.follow('a');
    await settled();
    const before = told.length;
    media.setMuted(true);
    publisher.set({ encoding: [] });
    media.setPicture(false);
    await settled();
    expect(told.slice(before)).toEqual([
      ['a', { muted: true, pictureOff: false, sharing: false }],
      ['a', { muted: true, pictureOff: true, sharing: false }],
    ]);
  });

  it('switches nothing on again after a reload of the window', async () => {
    const kept = JSON.stringify({ id: 'a', picture: false, muted: true });
    vi.stubGlobal('sessionStorage', { getItem: () => kept, setItem: () => undefined });
    const { publisher, media } = make();
    media.follow('a');
    await settled();
    expect(publisher.log).toEqual(['mute', 'sound', 'dark', 'live a']);
  });
});

it('claims nothing that a device does not give', () => {
  const state = { video: 'on', audio: 'on' } as const;
  expect(ownStatus(ALL_ON, state)).toEqual({ muted: false, pictureOff: false, sharing: false });
  expect(ownStatus(ALL_ON, { ...state, audio: 'failed' }).muted).toBe(true);
  expect(ownStatus({ ...ALL_ON, sharing: true }, { ...state, video: 'failed' })).toEqual({
    muted: false,
    pictureOff: true,
    sharing: false,
  });
});
