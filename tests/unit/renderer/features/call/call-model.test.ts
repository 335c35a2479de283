import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import type { AppState, BridgeLoss, CallState } from '../../../../../common/bridge/bridge.ts';
import { type CallHost, CallModel } from '../../../../../renderer/features/call/call-model.ts';

/** Main and media are stood in for: what is looked at is what the window wants to show, and when. */
const IDLE = { phase: 'idle', video: 'off', audio: 'off', problem: null } as const;

let state: Store<AppState>;
let log: string[];
let connected: Store<boolean>;
let loss: Store<BridgeLoss | null>;
/** Which window has the call, as main would say. */
let holder: string | null;
let model: CallModel;

function call(id: string, change: Partial<CallState>): CallState {
  return {
    ...{ id, direction: 'in', state: 'ringing', peer: id.padEnd(64, '0'), contactName: null, remote: null },
    ...{ hasMedia: false, startedAtMs: 0, activeAtMs: null, reason: null, error: null, message: null },
    ...change,
  } as CallState;
}

function take(calls: CallState[], waiting: CallState[] = []): Promise<void> {
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
  loss = new Store<BridgeLoss | null>(null);
  const act = (what: string) => async () => void log.push(what);
  state = new Store({ calls: [], waitingCalls: [], callHistory: [], settings: {} } as unknown as AppState);
  const callPublisher = {
    state: new Store(IDLE),
    selectVideo: async ({ kind }: { kind: string }) => void log.push(kind),
    selectAudio: act('sound'),
    goLive: async (id: string) => void log.push(`live ${id}`),
    stop: act('stop'),
    setMuted: async (muted: boolean) => void log.push(muted ? 'mute' : 'unmute'),
    setVideoOff: async (off: boolean) => void log.push(off ? 'dark' : 'light'),
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
        if (name !== 'call.claim' || (!request.takeOver && holder !== null)) return;
        holder = request.window;
        if (state.get().calls.length > 0) state.update((now) => ({ ...now, callWindow: holder }));
      },
    },
    toasts: { show: () => undefined },
    state,
    screen: new Store({ name: 'call' }),
    live: { sources: { pickScreen: async () => true } },
    go: () => undefined,
    attempt: (work: Promise<unknown>) => void work,
    reportFault: (message: string) => void log.push(message),
  };
  model = new CallModel(host as unknown as CallHost);
});

afterEach(async () => {
  await model.close();
  vi.unstubAllGlobals();
});

test('a call accepted with sound only opens no camera', async () => {
  const ringing = call('a', {});
  await take([ringing]);
  model.accept(ringing, 'sound');
  await take([call('a', { state: 'active' })]);
  expect(log).toContain('dark');
  expect(log).toContain('live a');
  expect(log).not.toContain('camera');
});

test('the next call begins with both on', async () => {
  const first = call('a', {});
  await take([first]);
  model.accept(first, 'sound');
  await take([call('a', { state: 'active' })]);
  await take([call('b', { direction: 'out', state: 'dialing' })]);
  expect(model.sending.wishes.get()).toEqual({ picture: true, muted: false, sharing: false });
});

test('who waits is answered: until that call is up, what is shown in this one stays what it is', async () => {
  const waiter = call('b', {});
  await take([call('a', { direction: 'out', state: 'active' })], [waiter]);
  model.sending.setMuted(true);
  await model.sending.share();
  model.answerInstead(waiter);
  expect(model.sending.wishes.get()).toEqual({ picture: true, muted: true, sharing: true });
  // The one who waited gave up meanwhile: the call goes on, muted and sharing.
  await take([call('a', { direction: 'out', state: 'active' })]);
  expect(model.sending.wishes.get()).toEqual({ picture: true, muted: true, sharing: true });
  await take([call('b', { state: 'active' })]);
  expect(model.sending.wishes.get()).toEqual({ picture: true, muted: false, sharing: false });
  expect(log.slice(-5)).toEqual(['unmute', 'sound', 'camera', 'live b', 'call.status']);
});

test('a call that goes on after a crash is muted and dark as it was', async () => {
  const resumed = { muted: true, pictureOff: true };
  await take([call('a', { direction: 'out', state: 'reconnecting', resumed })]);
  expect(model.sending.wishes.get()).toEqual({ picture: false, muted: true, sharing: false });
  expect(log).toContain('mute');
  expect(log).not.toContain('camera');
});

test('a call in another window opens nothing here; taken over, it shows what was shown there', async () => {
  holder = 'another';
  const own = { muted: true, pictureOff: false, sharing: true };
  await take([call('a', { direction: 'out', state: 'active', own })]);
  expect(model.elsewhere.get()).toBe(true);
  expect(log).toEqual([]);
  model.useHere();
  await new Promise((done) => setTimeout(done, 5));
  expect(model.elsewhere.get()).toBe(false);
  // The screen that was shared there is none to share here; the camera was not on.
  expect(log).toEqual(['call.claim', 'mute', 'sound', 'dark', 'live a', 'call.status']);
  holder = 'another';
  await take([call('a', { direction: 'out', state: 'active', own })]);
  expect(model.elsewhere.get()).toBe(true);
  expect(log.at(-1)).toBe('stop');
});

test('a window that opens during a call takes it; one that was there takes only what none has', async () => {
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
  await take([]);
  holder = null;
  await take([call('b', { direction: 'out', state: 'active' })]);
  expect(log).toContain('call.claim');
  expect(log).toContain('live b');
});

test('a window without its app releases camera and microphone after a minute, and takes them when it is back', async () => {
  await take([call('a', { direction: 'out', state: 'active' })]);
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
  await take([call('a', { direction: 'out', state: 'active' })]);
  expect(model.released.get()).toBe(false);
  expect(log.slice(-2)).toEqual(['live a', 'call.status']);
  // Of an earlier start of the app: it cannot come back.
  connected.set(false);
  loss.set('restarted');
  await new Promise((done) => setTimeout(done, 5));
  expect(log.at(-1)).toBe('stop');
});
