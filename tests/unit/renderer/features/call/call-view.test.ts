import { describe, expect, it } from 'vitest';
import type { CallRecord, CallState } from '../../../../../common/bridge/bridge.ts';
import { parseTicket } from '../../../../../common/ticket/ticket.ts';
import {
  callScene,
  callView,
  ringtoneFor,
  ticketFor,
} from '../../../../../renderer/features/call/call-view.ts';
import { parsePreferences } from '../../../../../renderer/features/call/saved-preferences.ts';
import { moveWithin } from '../../../../../renderer/features/call/self-view.ts';
import type { PlayerState } from '../../../../../renderer/media/shared/player-types.ts';

const PEER = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const call: CallState = {
  id: '1',
  direction: 'out',
  state: 'active',
  peer: PEER,
  contactName: null,
  earlierName: null,
  remote: { name: 'Maya', muted: false, pictureOff: false, sharing: false },
  hasMedia: true,
  startedAtMs: 0,
  activeAtMs: 1,
  reason: null,
  error: null,
  message: null,
};
const playing: PlayerState = {
  phase: 'playing',
  hasVideo: true,
  hasAudio: true,
  audioBlocked: false,
  videoOff: false,
  audioOnly: false,
  rendition: null,
  renditions: [],
  preferredRendition: 'auto',
  estimateBps: null,
  decisions: [],
  note: null,
  codec: null,
  width: 1280,
  height: 720,
  framesPerSecond: 30,
  bufferMs: 20,
  framesDropped: 0,
  delayMs: null,
  skewMs: null,
  problem: null,
  audioProblem: null,
};
const ringingIn: CallState = { ...call, id: '2', direction: 'in', state: 'ringing', activeAtMs: null };
const ended: CallState = { ...call, id: '3', state: 'ended', message: 'Maya hung up.' };

describe('callScene', () => {
  it('prefers an ongoing call to a ringing call, and a ringing call to an ended call', () => {
    expect(callScene([ended, call, ringingIn])).toEqual({ shown: call, incoming: ringingIn });
    const dialing: CallState = { ...call, state: 'dialing', activeAtMs: null };
    expect(callScene([ended, dialing]).shown).toBe(dialing);
    expect(callScene([ended])).toEqual({ shown: ended, incoming: null });
    expect(callScene([])).toEqual({ shown: null, incoming: null });
  });

  it('shows no Call screen for an unanswered incoming call', () => {
    expect(callScene([ringingIn]).shown).toBeNull();
    expect(callScene([{ ...ringingIn, state: 'ended' }])).toEqual({ shown: null, incoming: null });
  });

  it('rings for incoming and outgoing calls, but not during a call', () => {
    expect(ringtoneFor(callScene([ringingIn]))).toBe('in');
    expect(ringtoneFor(callScene([{ ...call, state: 'ringing' }]))).toBe('out');
    expect(ringtoneFor(callScene([{ ...call, state: 'dialing' }]))).toBeNull();
    expect(ringtoneFor(callScene([call, ringingIn]))).toBeNull();
    expect(ringtoneFor(callScene([{ ...call, state: 'reconnecting' }, ringingIn]))).toBeNull();
    expect(ringtoneFor(callScene([ended]))).toBeNull();
  });
});

describe('callView', () => {
  it('reports a lost bridge, regardless of the last call state from main', () => {
    const input = { call, connected: false, player: playing, everPlayed: true };
    expect(callView(input)).toMatchObject({ overlay: 'lost', title: 'Reconnecting…' });
    const gone = callView({ ...input, loss: 'absent', call: { ...call, state: 'ringing' } });
    expect(gone).toMatchObject({ overlay: 'lost', title: 'The app is not running' });
    expect(gone.body).not.toContain('microphone are off');
    expect(callView({ ...input, loss: 'absent', released: true }).body).toContain('microphone are off');
    expect(callView({ ...input, call: ended }).title).toBe('Maya hung up.');
  });

  it('reports that another window owns the call', () => {
    const view = callView({ call, connected: true, player: null, everPlayed: true, inOtherWindow: true });
    expect(view).toMatchObject({ overlay: 'other-window', video: 'none' });
  });

  const see = (patch: Partial<CallState>, player: PlayerState | null = playing, everPlayed = true) =>
    callView({ call: { ...call, ...patch }, connected: true, player, everPlayed });

  it('shows no overlay over live video', () => {
    expect(see({})).toMatchObject({ video: 'moving', overlay: null });
  });

  it('keeps the last frame behind “reconnecting”, regardless of what the player still shows', () => {
    expect(see({ state: 'reconnecting' })).toMatchObject({ video: 'last', overlay: 'lost' });
    expect(callView({ call, connected: false, player: playing, everPlayed: true })).toMatchObject({
      video: 'last',
      overlay: 'lost',
    });
  });

  it('reports the camera as off if the peer’s status or catalog says so', () => {
    const off = { ...call.remote, name: 'Maya', muted: false, sharing: false, pictureOff: true };
    expect(see({ remote: off })).toMatchObject({ video: 'none', overlay: 'camera-off' });
    expect(see({}, { ...playing, hasVideo: false, videoOff: true })).toMatchObject({
      overlay: 'camera-off',
    });
    expect(see({ remote: off }).title).toContain('Maya');
  });

  it('says that the peer has no window, instead of “ringing” or “microphone off”', () => {
    const away = { ...call.remote, name: 'Maya', muted: true, sharing: false, pictureOff: true, away: true };
    expect(see({ remote: away })).toMatchObject({
      ...{ video: 'none', overlay: 'camera-off' },
      title: 'Maya closed their window',
    });
    expect(see({ remote: away }).body).toContain('cannot see or hear you');
    expect(see({ state: 'ringing', remote: away }, null, false)).toMatchObject({
      overlay: 'wait',
      title: 'Maya’s app has no window open',
    });
  });

  it('waits for the first frame, and reports video that cannot be played', () => {
    expect(see({}, null, false)).toMatchObject({ video: 'none', overlay: 'wait' });
    expect(see({}, { ...playing, phase: 'loading', problem: 'no decoder' }).body).toBe('no decoder');
  });

  it('shows dialing, ringing, and main’s message at the end', () => {
    expect(see({ state: 'dialing' }, null, false).title).toContain('Calling Maya');
    expect(see({ state: 'ringing' }, null, false).overlay).toBe('wait');
    expect(see({ state: 'ended', message: 'They declined.' })).toMatchObject({
      overlay: 'ended',
      title: 'They declined.',
    });
  });
});

describe('tickets', () => {
  it('redials with the call’s ticket, else the peer’s newest ticket, else the endpoint id alone', () => {
    const record = { peer: PEER, ticket: 'iroh-live:old/call' } as CallRecord;
    expect(ticketFor(PEER, 'iroh-live:own/call', [record])).toBe('iroh-live:own/call');
    expect(ticketFor(PEER, null, [{ ...record, ticket: null }, record])).toBe('iroh-live:old/call');
    const bare = ticketFor(PEER, null, [{ ...record, peer: 'other' }]);
    expect(parseTicket(bare ?? '')).toMatchObject({ endpointId: PEER, broadcastName: 'call' });
    expect(ticketFor('nonsense', null, [])).toBeNull();
  });
});

it('keeps the self-view inside the window', () => {
  expect(moveWithin({ x: 1, y: 0.5 }, 0.3, -0.2)).toEqual({ x: 1, y: 0.3 });
  expect(moveWithin({ x: 0, y: 0 }, -1, Number.NaN)).toEqual({ x: 0, y: 0 });
});

it('restores only preferences from the same call', () => {
  expect(parsePreferences({ id: 'a', picture: false, muted: true }, 'a')).toEqual({
    id: 'a',
    picture: false,
    muted: true,
  });
  expect(parsePreferences({ id: 'a', picture: false, muted: true }, 'b')).toBeNull();
  expect(parsePreferences({ id: 'a' }, 'a')).toBeNull();
  expect(parsePreferences('x', 'a')).toBeNull();
});
