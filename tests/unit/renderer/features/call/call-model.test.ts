import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import type { AppState, BridgeLoss, CallState } from '../../../../../common/bridge/bridge.ts';
import type { CallHost } from '../../../../../renderer/features/call/call-host.ts';
import { CallModel } from '../../../../../renderer/features/call/call-model.ts';
import { Toasts } from '../../../../../renderer/features/shared/toasts.ts';
import type { PublisherState } from '../../../../../renderer/media/shared/publisher-types.ts';

/** Main and the media layer are fakes. The tests check what the window sends and when. */
const IDLE = { phase: 'idle', video: 'off', audio: 'off', problem: null } as const;

let state: Store<AppState>;
let log: string[];
let connected: Store<boolean>;
let loss: Store<BridgeLoss | null>;
/** The id of the window that owns the call, as main would report it. */
let holder: string | null;
let model: CallModel;
let toasts: Toasts;
let broadcast: Store<Pick<PublisherState, 'phase' | 'video' | 'audio' | 'source'>>;

function call(id: string, change: Partial<CallState>): CallState {
  return {
    ...{ id, direction: 'in', state: 'ringing', peer: id.padEnd(64, '0'), contactName: null, remote: null },
    ...{ hasMedia: false, startedAtMs: 0, activeAtMs: null, reason: null, error: null, message: null },
    ...change,
  } as CallState;
}

function applyState(calls: CallState[], waiting: CallState[] = []): Promise<void> {
  state.set({
    calls,
    waitingCalls: waiting,
    callWindow: holder,
    callHistory: [],
    settings: {},
  } as unknown as AppState);
  return new Promise((done) => setTimeout(done, 5));
}

beforeEach(() => {
  vi.stubGlobal('sessionStorage', {
    getItem: () => null,
    setItem: () => undefined,
    removeItem: () => undefined,
  });
  log = [];
  holder = null;
  connected = new Store(true);
  toasts = new Toasts();
  broadcast = new Store<Pick<PublisherState, 'phase' | 'video' | 'audio' | 'source'>>({
    phase: 'live',
    video: 'on',
    audio: 'on',
    source: 'camera',
  });
  loss = new Store<BridgeLoss | null>(null);
  const record = (what: string) => async () => void log.push(what);
  state = new Store({ calls: [], waitingCalls: [], callHistory: [], settings: {} } as unknown as AppState);
  const callPublisher = {
    state: new Store(IDLE),
    selectVideo: async ({ kind }: { kind: string }) => void log.push(kind),
    selectAudio: record('audio'),
    goLive: async (id: string) => void log.push(`live ${id}`),
    stop: record('stop'),
    setMuted: async (muted: boolean) => void log.push(muted ? 'mute' : 'unmute'),
    setVideoOff: async (off: boolean) => void log.push(off ? 'video off' : 'video on'),
    dismissProblem: () => undefined,
  };
  const host = {
    info: { autostart: null },
    media: { callPublisher, ringer: { ring: () => undefined } },
    bridge: {
      connected,
      loss,
      request: async (name: string, request: { window: string; takeOver: boolean }) => {
        log.push(name);
        await Promise.resolve();
        if (name === 'call.redialInterrupted') return { id: 'a' };
        if (name !== 'call.claim' || (!request.takeOver && holder !== null)) return;
        holder = request.window;
        if (state.get().calls.length > 0) state.update((now) => ({ ...now, callWindow: holder }));
      },
    },
    toasts,
    state,
    screen: new Store({ name: 'call' }),
    live: {
      publisher: { state: broadcast },
      setMuted: (muted: boolean) => log.push(`broadcast ${muted ? 'muted' : 'unmuted'}`),
      sources: { pickScreen: async () => true },
    },
    go: () => undefined,
    attempt: (work: Promise<unknown>) => void work,
    reportFault: (message: string) => void log.push(message),
  };
  model = new CallModel(host as unknown as CallHost);
});

afterEach(async () => {
  await model.close();
  toasts.close();
  vi.unstubAllGlobals();
});

test('an audio call opens no camera', async () => {
  const ringing = call('a', {});
  await applyState([ringing]);
  model.accept(ringing, 'audio');
  await applyState([call('a', { state: 'active' })]);
  expect(log).toContain('video off');
  expect(log).toContain('live a');
  expect(log).not.toContain('camera');
});

test('at the user’s request, the broadcast is muted from the answer to the end of the call', async () => {
  const ringing = call('a', {});
  await applyState([ringing]);
  model.broadcastMute.set(true);
  model.accept(ringing, 'video');
  expect(log).not.toContain('broadcast muted');
  await applyState([call('a', { state: 'active' })]);
  await applyState([call('a', { state: 'reconnecting' })]);
  await applyState([call('a', { state: 'ended', activeAtMs: 1 })]);
  expect(log.filter((entry) => entry.startsWith('broadcast'))).toEqual([
    'broadcast muted',
    'broadcast unmuted',
  ]);
});

test('blocking shows a toast that can undo it, and a new call dismisses the last call’s failures', async () => {
  const texts = (): string[] => toasts.list.get().map(({ text }) => text);
  toasts.show('Could not start the call: the ticket is your own.', { tone: 'bad', topic: 'call' });
  const ringing = call('a', {});
  await applyState([ringing]);
  expect(texts()).toEqual([]);
  model.block(ringing);
  expect(texts()).toEqual(['The caller with ID a000000000… is blocked.']);
  await applyState([call('b', {})]);
  expect(texts()).toHaveLength(1);
  toasts.runAction(toasts.list.get()[0]?.id ?? 0);
  expect(log.filter((entry) => entry === 'contacts.change')).toHaveLength(2);
});

test('the next call starts with camera and microphone on', async () => {
  const first = call('a', {});
  await applyState([first]);
  model.accept(first, 'audio');
  await applyState([call('a', { state: 'active' })]);
  await applyState([call('b', { direction: 'out', state: 'dialing' })]);
  expect(model.sender.preferences.get()).toEqual({ video: true, muted: false, sharing: false });
});

test('answering a waiting call changes nothing in the current call until the new call is active', async () => {
  const waiter = call('b', {});
  await applyState([call('a', { direction: 'out', state: 'active' })], [waiter]);
  model.sender.setMuted(true);
  await model.sender.share();
  model.endAndAnswer(waiter);
  expect(model.sender.preferences.get()).toEqual({ video: true, muted: true, sharing: true });
  // The waiting caller hung up, so the current call continues, muted and with a shared screen.
  await applyState([call('a', { direction: 'out', state: 'active' })]);
  expect(model.sender.preferences.get()).toEqual({ video: true, muted: true, sharing: true });
  await applyState([call('b', { state: 'active' })]);
  expect(model.sender.preferences.get()).toEqual({ video: true, muted: false, sharing: false });
  expect(log.slice(-5)).toEqual(['unmute', 'audio', 'camera', 'live b', 'call.status']);
});

test('calling again after a crash opens no device before the call is active, and stays muted and without video', async () => {
  const { peer, direction, contactName, earlierName, remote } = call('a', { direction: 'out' });
  const interrupted = { peer, direction, contactName, earlierName, remote, muted: true, pictureOff: true };
  model.redialInterrupted(interrupted);
  await applyState([call('a', { direction: 'out', state: 'dialing' })]);
  expect(log).toEqual(['call.claim', 'call.redialInterrupted']);
  await applyState([call('a', { direction: 'out', state: 'active' })]);
  expect(model.sender.preferences.get()).toEqual({ video: false, muted: true, sharing: false });
  expect(log).toContain('mute');
  expect(log).not.toContain('camera');
});

test('a call in another window opens no devices in this window until a takeover, and then keeps the mute and camera state', async () => {
  holder = 'another';
  const own = { muted: true, pictureOff: false, sharing: true };
  await applyState([call('a', { direction: 'out', state: 'active', own })]);
  expect(model.inOtherWindow.get()).toBe(true);
  expect(log).toEqual([]);
  model.takeOver();
  await new Promise((done) => setTimeout(done, 5));
  expect(model.inOtherWindow.get()).toBe(false);
  // Video is off because a shared screen does not move to this window, and the camera was off.
  expect(log).toEqual(['call.claim', 'mute', 'audio', 'video off', 'live a', 'call.status']);
  holder = 'another';
  await applyState([call('a', { direction: 'out', state: 'active', own })]);
  expect(model.inOtherWindow.get()).toBe(true);
  expect(log.at(-1)).toBe('stop');
});

test('a window opened during a call takes it over, while other windows claim only an unowned call', async () => {
  holder = 'another';
  state.set({
    ...state.get(),
    calls: [call('a', { direction: 'out', state: 'active' })],
    callWindow: holder,
  });
  expect(log).toEqual([]);
  model.boot();
  await new Promise((done) => setTimeout(done, 5));
  expect(log.slice(0, 1)).toEqual(['call.claim']);
  expect(log).toContain('live a');
  log.length = 0;
  await applyState([]);
  holder = null;
  await applyState([call('b', { direction: 'out', state: 'active' })]);
  expect(log).toContain('call.claim');
  expect(log).toContain('live b');
});

test('a window without main releases the camera and microphone after a minute, and reopens them when main is back', async () => {
  await applyState([call('a', { direction: 'out', state: 'active' })]);
  expect(log).toContain('live a');
  vi.useFakeTimers();
  connected.set(false);
  vi.advanceTimersByTime(59_000);
  expect(model.released.get()).toBe(false);
  vi.advanceTimersByTime(2_000);
  vi.useRealTimers();
  expect(model.released.get()).toBe(true);
  await new Promise((done) => setTimeout(done, 5));
  expect(log.at(-1)).toBe('stop');
  connected.set(true);
  await applyState([call('a', { direction: 'out', state: 'active' })]);
  expect(model.released.get()).toBe(false);
  expect(log.slice(-2)).toEqual(['live a', 'call.status']);
  // The app was restarted, so this window cannot reconnect.
  connected.set(false);
  loss.set('restarted');
  await new Promise((done) => setTimeout(done, 5));
  expect(log.at(-1)).toBe('stop');
});
