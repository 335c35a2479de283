import { describe, expect, it } from 'vitest';
import type { CallRecord, CallState } from '../../../../../common/bridge/bridge.ts';
import { parseTicket } from '../../../../../common/ticket/ticket.ts';
import { parseChoice } from '../../../../../renderer/features/call/call-choice.ts';
import {
  callScene,
  callView,
  movedBy,
  ringFor,
  ticketFor,
} from '../../../../../renderer/features/call/call-view.ts';
import type { PlayerState } from '../../../../../renderer/media/shared/types.ts';

const PEER = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const call: CallState = {
  id: '1',
  direction: 'out',
  state: 'active',
  peer: PEER,
  contactName: null,
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
};
const ringingIn: CallState = { ...call, id: '2', direction: 'in', state: 'ringing', activeAtMs: null };
const ended: CallState = { ...call, id: '3', state: 'ended', message: 'Maya hung up.' };

describe('callScene', () => {
  it('shows what is up before what rings, and what rings before what ended', () => {
    expect(callScene([ended, call, ringingIn])).toEqual({ shown: call, incoming: ringingIn });
    const dialing: CallState = { ...call, state: 'dialing', activeAtMs: null };
    expect(callScene([ended, dialing]).shown).toBe(dialing);
    expect(callScene([ended])).toEqual({ shown: ended, incoming: null });
    expect(callScene([])).toEqual({ shown: null, incoming: null });
  });

  it('puts no screen up for an incoming call before it is answered, nor for one that never was', () => {
    expect(callScene([ringingIn]).shown).toBeNull();
    expect(callScene([{ ...ringingIn, state: 'ended' }])).toEqual({ shown: null, incoming: null });
  });

  it('rings for who calls and for who is called, but not into a call', () => {
    expect(ringFor(callScene([ringingIn]))).toBe('in');
    expect(ringFor(callScene([{ ...call, state: 'ringing' }]))).toBe('out');
    expect(ringFor(callScene([{ ...call, state: 'dialing' }]))).toBeNull();
    expect(ringFor(callScene([call, ringingIn]))).toBeNull();
    expect(ringFor(callScene([{ ...call, state: 'reconnecting' }, ringingIn]))).toBeNull();
    expect(ringFor(callScene([ended]))).toBeNull();
  });
});

describe('callView', () => {
  it('says what became of the app, whatever main said of the call last', () => {
    const facts = { call, connected: false, player: playing, everPlayed: true };
    expect(callView(facts)).toMatchObject({ overlay: 'lost', title: 'Reconnecting…' });
    const gone = callView({ ...facts, loss: 'absent', call: { ...call, state: 'ringing' } });
    expect(gone).toMatchObject({ overlay: 'lost', title: 'The app is not running' });
    expect(gone.body).not.toContain('microphone are off');
    expect(callView({ ...facts, loss: 'absent', released: true }).body).toContain('microphone are off');
    expect(callView({ ...facts, call: ended }).title).toBe('Maya hung up.');
  });

  it('says that another window has the call', () => {
    const view = callView({ call, connected: true, player: null, everPlayed: true, elsewhere: true });
    expect(view).toMatchObject({ overlay: 'elsewhere', picture: 'none' });
  });

  const see = (patch: Partial<CallState>, player: PlayerState | null = playing, everPlayed = true) =>
    callView({ call: { ...call, ...patch }, connected: true, player, everPlayed });

  it('leaves a moving picture alone', () => {
    expect(see({})).toMatchObject({ picture: 'moving', overlay: null });
  });

  it('keeps the last picture behind "reconnecting", whatever the player still shows', () => {
    expect(see({ state: 'reconnecting' })).toMatchObject({ picture: 'last', overlay: 'lost' });
    expect(callView({ call, connected: false, player: playing, everPlayed: true })).toMatchObject({
      picture: 'last',
      overlay: 'lost',
    });
  });

  it('says that the camera is off when the other side or its catalog says so', () => {
    const off = { ...call.remote, name: 'Maya', muted: false, sharing: false, pictureOff: true };
    expect(see({ remote: off })).toMatchObject({ picture: 'none', overlay: 'camera-off' });
    expect(see({}, { ...playing, hasVideo: false, videoOff: true })).toMatchObject({
      overlay: 'camera-off',
    });
    expect(see({ remote: off }).title).toContain('Maya');
  });

  it('waits for the first picture, and names what cannot be played', () => {
    expect(see({}, null, false)).toMatchObject({ picture: 'none', overlay: 'wait' });
    expect(see({}, { ...playing, phase: 'loading', problem: 'no decoder' }).body).toBe('no decoder');
  });

  it('dials, rings and ends in main’s words', () => {
    expect(see({ state: 'dialing' }, null, false).title).toContain('Calling Maya');
    expect(see({ state: 'ringing' }, null, false).overlay).toBe('wait');
    expect(see({ state: 'ended', message: 'They declined.' })).toMatchObject({
      overlay: 'ended',
      title: 'They declined.',
    });
  });
});

describe('tickets', () => {
  it('calls again by the ticket of that call, else the newest of that peer, else by the id alone', () => {
    const record = { peer: PEER, ticket: 'iroh-live:old/call' } as CallRecord;
    expect(ticketFor(PEER, 'iroh-live:own/call', [record])).toBe('iroh-live:own/call');
    expect(ticketFor(PEER, null, [{ ...record, ticket: null }, record])).toBe('iroh-live:old/call');
    const bare = ticketFor(PEER, null, [{ ...record, peer: 'other' }]);
    expect(parseTicket(bare ?? '')).toMatchObject({ endpointId: PEER, broadcastName: 'call' });
    expect(ticketFor('nonsense', null, [])).toBeNull();
  });
});

it('keeps the own picture inside', () => {
  expect(movedBy({ x: 1, y: 0.5 }, 0.3, -0.2)).toEqual({ x: 1, y: 0.3 });
  expect(movedBy({ x: 0, y: 0 }, -1, Number.NaN)).toEqual({ x: 0, y: 0 });
});

it('reads back only the choice of the same call', () => {
  expect(parseChoice({ id: 'a', picture: false, muted: true }, 'a')).toEqual({
    id: 'a',
    picture: false,
    muted: true,
  });
  expect(parseChoice({ id: 'a', picture: false, muted: true }, 'b')).toBeNull();
  expect(parseChoice({ id: 'a' }, 'a')).toBeNull();
  expect(parseChoice('x', 'a')).toBeNull();
});
