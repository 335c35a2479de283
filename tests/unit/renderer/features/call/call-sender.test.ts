import { afterEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { settingsSchema } from '../../../../../common/bridge/bridge.ts';
import {
  CallSender,
  type OwnStatus,
  ownStatus,
  SEND_ALL,
} from '../../../../../renderer/features/call/call-sender.ts';
import {
  IDLE_PUBLISHER,
  type Publisher,
  type PublisherState,
  type StagedSource,
} from '../../../../../renderer/media/shared/publisher-types.ts';
import type { VideoSelection } from '../../../../../renderer/media/shared/source-types.ts';

/** A publisher that records its method calls. */
class RecordingPublisher implements Publisher {
  readonly state = new Store<PublisherState>(IDLE_PUBLISHER);
  readonly level = new Store(0);
  readonly log: string[] = [];
  /** Sources that cannot be opened. */
  readonly broken = new Set<VideoSelection['kind']>();

  set(change: Partial<PublisherState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }

  async selectVideo({ kind }: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.log.push(`select ${kind}`);
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

  async stageVideo(): Promise<StagedSource> {
    throw new Error('calls stage nothing');
  }

  async selectAudio(): Promise<void> {
    this.log.push('audio');
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
    this.log.push(off ? 'video off' : 'video on');
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
  const publisher = new RecordingPublisher();
  const sent: [string, OwnStatus][] = [];
  const faults: string[] = [];
  const sender = new CallSender(publisher, {
    settings: () => settingsSchema.parse({}),
    unattended: () => options.unattended ?? false,
    pickScreen: async () => options.picks ?? true,
    attempt: (work, what) => void work.catch((error: unknown) => faults.push(`${what}: ${String(error)}`)),
    sendStatus: (id, status) => sent.push([id, status]),
  });
  return { publisher, sent, faults, sender };
}

const settled = () => new Promise((done) => setTimeout(done, 5));

afterEach(() => vi.unstubAllGlobals());

describe('CallSender', () => {
  it('opens devices when a call starts and releases them when it ends', async () => {
    const { publisher, sender, sent, faults } = make();
    expect(publisher.log).toEqual([]);
    sender.setCall('a');
    await settled();
    expect(publisher.log).toEqual(['unmute', 'audio', 'select camera', 'live a']);
    expect(sent.at(-1)).toEqual(['a', { muted: false, pictureOff: false, sharing: false }]);
    sender.setCall(null);
    await settled();
    expect(publisher.log.at(-1)).toBe('stop');
    expect(faults).toEqual([]);
    await sender.close();
  });

  it('does not open the camera for an audio call', async () => {
    const { publisher, sender, sent } = make();
    sender.setPreferences({ ...SEND_ALL, video: false });
    sender.setCall('a');
    await settled();
    expect(publisher.log).not.toContain('select camera');
    expect(publisher.log).toContain('live a');
    expect(sent.at(-1)?.[1].pictureOff).toBe(true);
  });

  it('sends nothing in a call that ended while the camera was opening', async () => {
    const { publisher, sender, faults } = make();
    sender.setCall('a');
    sender.setCall(null);
    await settled();
    expect(publisher.log).not.toContain('live a');
    expect(publisher.log.at(-1)).toBe('stop');
    expect(faults).toEqual([]);
  });

  it('stops one broadcast before it starts the next', async () => {
    const { publisher, sender, faults } = make();
    sender.setCall('a');
    await settled();
    sender.setCall('b');
    await settled();
    expect(publisher.log.filter((entry) => /^(live|stop)/.test(entry))).toEqual(['live a', 'stop', 'live b']);
    expect(faults).toEqual([]);
  });

  it('continues without video if there is no camera, or with the test pattern in an unattended call', async () => {
    const attended = make();
    attended.publisher.broken.add('camera');
    attended.sender.setCall('a');
    await settled();
    expect(attended.publisher.log.slice(-2)).toEqual(['video off', 'live a']);
    expect(attended.sent.at(-1)?.[1].pictureOff).toBe(true);

    const alone = make({ unattended: true });
    alone.publisher.broken.add('camera');
    alone.sender.setCall('a');
    await settled();
    expect(alone.publisher.log.slice(-2)).toEqual(['select test', 'live a']);
    expect(alone.sent.at(-1)?.[1].pictureOff).toBe(false);
  });

  it('shares the screen instead of the camera, and returns to the camera when the system ends the share', async () => {
    const { publisher, sender, sent } = make();
    sender.setCall('a');
    await settled();
    await sender.share();
    expect(sent.at(-1)?.[1]).toEqual({ muted: false, pictureOff: false, sharing: true });
    // Simulates the user pressing the system's Stop sharing button.
    publisher.set({
      video: 'failed',
      problem: { device: 'screen', fault: 'unplugged', message: 'The share was stopped.' },
    });
    await settled();
    expect(publisher.log.at(-1)).toBe('select camera');
    expect(publisher.state.get().problem).toBeNull();
    expect(sent.at(-1)?.[1]).toEqual({ muted: false, pictureOff: false, sharing: false });
  });

  it('changes nothing if the user chooses no screen', async () => {
    const { publisher, sender, sent } = make();
    sender.setCall('a');
    await settled();
    publisher.broken.add('screen');
    await sender.share();
    expect(sender.preferences.get().sharing).toBe(false);
    expect(publisher.state.get().problem).toBeNull();
    expect(sent.at(-1)?.[1].sharing).toBe(false);
    const closed = make({ picks: false });
    closed.sender.setCall('a');
    await settled();
    await closed.sender.share();
    expect(closed.publisher.log).not.toContain('select screen');
  });

  it('reports each change to the peer once', async () => {
    const { publisher, sender, sent } = make();
    sender.setCall('a');
    await settled();
    const before = sent.length;
    sender.setMuted(true);
    publisher.set({ encoding: [] });
    sender.setVideo(false);
    await settled();
    expect(sent.slice(before)).toEqual([
      ['a', { muted: true, pictureOff: false, sharing: false }],
      ['a', { muted: true, pictureOff: true, sharing: false }],
    ]);
  });

  it('turns no device back on after a window reload', async () => {
    const kept = JSON.stringify({ id: 'a', picture: false, muted: true });
    vi.stubGlobal('sessionStorage', { getItem: () => kept, setItem: () => undefined });
    const { publisher, sender } = make();
    sender.setCall('a');
    await settled();
    expect(publisher.log).toEqual(['mute', 'audio', 'video off', 'live a']);
  });
});

it('reports a failed device as off', () => {
  const state = { video: 'on', audio: 'on' } as const;
  expect(ownStatus(SEND_ALL, state)).toEqual({ muted: false, pictureOff: false, sharing: false });
  expect(ownStatus(SEND_ALL, { ...state, audio: 'failed' }).muted).toBe(true);
  expect(ownStatus({ ...SEND_ALL, sharing: true }, { ...state, video: 'failed' })).toEqual({
    muted: false,
    pictureOff: true,
    sharing: false,
  });
});
