import { beforeEach, expect, test } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { BroadcastMute, broadcastText } from '../../../../../renderer/features/call/broadcast-mute.ts';
import type { PublisherState } from '../../../../../renderer/media/shared/types.ts';

type State = Pick<PublisherState, 'phase' | 'video' | 'audio' | 'source'>;

const LIVE: State = { phase: 'live', video: 'on', audio: 'on', source: 'camera' };
let state: Store<State>;
let log: boolean[];
let mute: BroadcastMute;

beforeEach(() => {
  state = new Store(LIVE);
  log = [];
  mute = new BroadcastMute({
    publisher: { state },
    setMuted: (muted) => {
      log.push(muted);
      state.update((now) => ({ ...now, audio: muted ? 'muted' : 'on' }));
    },
  });
});

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

test('can be switched on and off during a call', () => {
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
  state.update((now) => ({ ...now, audio: 'muted' }));
  mute.setStage('ongoing');
  mute.set(true);
  mute.setStage('none');
  expect(log).toEqual([]);
});

test('keeps the broadcast unmuted if the user unmutes it during the call', () => {
  mute.setStage('ongoing');
  mute.set(true);
  state.update((now) => ({ ...now, audio: 'on' }));
  expect(mute.wanted.get()).toBe(false);
  mute.setStage('none');
  expect(log).toEqual([true]);
});

test('ignores a broadcast that has ended, and mutes a broadcast that starts during the call', () => {
  mute.setStage('ongoing');
  mute.set(true);
  state.update((now) => ({ ...now, phase: 'idle', audio: 'off' }));
  expect(log).toEqual([true]);
  state.set(LIVE);
  expect(log).toEqual([true, true]);
});

test.each<[Partial<State>, string]>([
  [{}, 'Your viewers still see and hear you.'],
  [{ audio: 'muted' }, 'Your viewers still see you, but do not hear you.'],
  [{ video: 'off' }, 'Your viewers still hear you.'],
  [{ video: 'off', audio: 'off' }, 'Your viewers neither see nor hear you.'],
  [{ source: 'screen' }, 'Your viewers still see your screen and hear you.'],
])('tells what viewers get: %j', (change, text) => {
  expect(broadcastText({ ...LIVE, ...change })).toBe(text);
});
