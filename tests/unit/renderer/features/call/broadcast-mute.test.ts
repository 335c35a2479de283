import { beforeEach, expect, test } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { BroadcastMute, broadcastText } from '../../../../../renderer/features/call/broadcast-mute.ts';
import type { PublisherState } from '../../../../../renderer/media/shared/publisher-types.ts';

type State = Pick<PublisherState, 'phase' | 'video' | 'audio' | 'source'>;

const LIVE: State = { phase: 'live', video: 'on', audio: 'on', source: 'camera' };
let state: Store<State>;
/** Whether the publisher is muted. Like a real publisher, it stays muted when the broadcast stops. */
let muted: boolean;
let log: boolean[];
let mute: BroadcastMute;

beforeEach(() => {
  state = new Store(LIVE);
  muted = false;
  log = [];
  mute = new BroadcastMute({
    publisher: { state },
    setMuted: (next) => {
      log.push(next);
      setMuted(next);
    },
  });
});

/** Mutes or unmutes the broadcast on the Live screen. */
function setMuted(next: boolean): void {
  muted = next;
  const { phase } = state.get();
  // Like a real publisher, report first that the microphone is being opened.
  if (!muted && phase === 'live') state.update((now) => ({ ...now, audio: 'starting' }));
  state.update((now) => ({ ...now, audio: audioOf(now.phase) }));
}

function setPhase(phase: State['phase']): void {
  state.update((now) => ({ ...now, audio: audioOf(phase) }));
  state.update((now) => ({ ...now, phase }));
}

function audioOf(phase: State['phase']): State['audio'] {
  if (muted) return 'muted';
  return phase === 'live' ? 'on' : 'off';
}

test('mutes the broadcast once the call is accepted, and unmutes it after the call', () => {
  mute.setStage('ringing');
  mute.set(true);
  expect(log).toEqual([]);
  mute.setStage('ongoing');
  expect(state.get().audio).toBe('muted');
  mute.setStage('none');
  expect(log).toEqual([true, false]);
  expect(mute.wanted.get()).toBe(false);
});

test('mutes and unmutes the broadcast when the user changes the setting during a call', () => {
  mute.setStage('ongoing');
  mute.set(true);
  mute.set(false);
  mute.set(true);
  mute.setStage('none');
  expect(log).toEqual([true, false, true, false]);
});

test('does not mute the broadcast for a declined call or the call after it', () => {
  mute.setStage('ringing');
  mute.set(true);
  mute.setStage('none');
  mute.setStage('ongoing');
  expect(log).toEqual([]);
});

test('keeps the broadcast muted if the user had muted it before the call', () => {
  setMuted(true);
  mute.setStage('ongoing');
  mute.set(true);
  mute.setStage('none');
  expect(log).toEqual([]);
  expect(state.get().audio).toBe('muted');
});

test('keeps the broadcast unmuted if the user muted it before the call and unmutes it during the call', () => {
  setMuted(true);
  mute.setStage('ongoing');
  mute.set(true);
  setMuted(false);
  expect(log).toEqual([]);
  expect(state.get().audio).toBe('on');
  expect(mute.wanted.get()).toBe(false);
});

test('leaves the broadcast unmuted if the user unmutes it during the call', () => {
  mute.setStage('ongoing');
  mute.set(true);
  setMuted(false);
  expect(mute.wanted.get()).toBe(false);
  mute.setStage('none');
  expect(log).toEqual([true]);
});

test('unmutes a broadcast that is stopped during the call, so that the next broadcast is not muted', () => {
  mute.setStage('ongoing');
  mute.set(true);
  setPhase('idle');
  mute.setStage('none');
  expect(log).toEqual([true, false]);
  setPhase('live');
  expect(state.get().audio).toBe('on');
});

test('mutes a broadcast that starts during the call', () => {
  mute.setStage('ongoing');
  mute.set(true);
  setPhase('idle');
  setPhase('live');
  expect(log).toEqual([true, false, true]);
  expect(state.get().audio).toBe('muted');
  mute.setStage('none');
  expect(state.get().audio).toBe('on');
});

test.each<[Partial<State>, string]>([
  [{}, 'Your viewers still see and hear you.'],
  [{ audio: 'muted' }, 'Your viewers still see you, but can’t hear you.'],
  [{ video: 'off' }, 'Your viewers still hear you.'],
  [{ video: 'off', audio: 'off' }, 'Your viewers can’t see or hear you.'],
  [{ source: 'screen' }, 'Your viewers still see your screen and hear you.'],
])('says what the viewers see and hear: %j', (change, text) => {
  expect(broadcastText({ ...LIVE, ...change })).toBe(text);
});
