import { describe, expect, it } from 'vitest';
import type { PullReport, RelayInfo } from '../../../../common/relay/relay-schemas.ts';
import { parseTicket } from '../../../../common/ticket/ticket.ts';
import { NO_BROADCAST, type PlayerState } from '../../../../renderer/media/shared/player-types.ts';
import { type RelayWatchViewInput, relayWatchView } from '../../../../renderer/web/relay-watch-view.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';
const ticket: RelayWatchViewInput['target'] = { kind: 'ticket', path: TICKET, label: 'hello' };
const local: RelayWatchViewInput['target'] = { kind: 'path', path: 'hello', label: 'hello' };

const info: RelayInfo = {
  version: '1',
  endpointId: 'e'.repeat(64),
  ticketBase: 'iroh-live:abc/',
  webTransport: null,
  certificateSha256: null,
  publish: [''],
  read: [''],
  publicRead: [''],
  mayPull: true,
};
const report: PullReport = { state: 'live', failure: null, message: '', readers: 1, upstream: null };
const offline = NO_BROADCAST;
const playing: PlayerState = { ...offline, phase: 'playing', hasVideo: true };

function view(input: Partial<RelayWatchViewInput>) {
  return relayWatchView({
    target: ticket,
    connected: true,
    problem: null,
    refusal: null,
    info,
    report: null,
    player: offline,
    everPlayed: false,
    ...input,
  });
}

describe('relayWatchView', () => {
  it('connects to the relay first, and reports the problem once it is known', () => {
    expect(view({ connected: false })).toMatchObject({
      phase: 'connecting',
      title: 'Connecting to the relay…',
    });
    expect(view({ connected: false, problem: 'Nobody answers.' })).toMatchObject({
      phase: 'disconnected',
      body: 'Nobody answers. This page keeps trying to connect.',
    });
  });

  it('shows the state of a ticket’s pull', () => {
    const phaseOf = (state: PullReport['state']) => view({ report: { ...report, state } }).phase;
    expect(phaseOf('released')).toBe('connecting');
    expect(phaseOf('connecting')).toBe('connecting');
    expect(phaseOf('waiting')).toBe('waiting');
    expect(phaseOf('ended')).toBe('ended');
    expect(phaseOf('live')).toBe('connecting');
  });

  it('shows the relay’s message for a failed pull', () => {
    const failed = view({
      report: { ...report, state: 'failed', failure: 'offline', message: 'Nobody is there. Ask again.' },
    });
    expect(failed).toMatchObject({ phase: 'failed', action: 'retry', body: 'Nobody is there. Ask again.' });
    // The body does not repeat the title.
    const repeated = view({
      report: { ...report, state: 'failed', failure: 'offline', message: `${failed.title}. Ask again.` },
    });
    expect(repeated.body).toBe('Ask again.');
  });

  it('prefers playing video to the state of the pull', () => {
    expect(view({ report: { ...report, state: 'waiting' }, player: playing })).toMatchObject({
      phase: 'live',
      video: 'moving',
    });
  });

  it('says that the relay fetches no tickets, except for a broadcast that it already has', () => {
    const noPull = { ...info, mayPull: false };
    expect(view({ info: noPull })).toMatchObject({ phase: 'failed', action: null });
    expect(view({ info: noPull, player: playing }).phase).toBe('live');
    expect(view({ info: noPull, target: local }).phase).toBe('waiting');
  });

  it('says that a token is needed, with or without a session, also for a ticket to the relay itself', () => {
    const rooms = { ...info, read: ['rooms'] };
    const needed = { phase: 'failed', title: 'You need a token to watch this' };
    expect(view({ target: local, info: rooms })).toMatchObject(needed);
    expect(view({ target: local, info: rooms, connected: false, problem: 'No.' })).toMatchObject(needed);
    const own = { ...rooms, endpointId: parseTicket(TICKET).endpointId };
    expect(view({ info: own })).toMatchObject(needed);
    expect(view({ target: { kind: 'path', path: 'rooms/one', label: 'one' }, info: rooms }).phase).toBe(
      'waiting',
    );
    expect(view({ target: local, info: rooms, player: playing }).phase).toBe('live');
  });

  it('derives the state of a broadcast on the relay itself from the player', () => {
    expect(view({ target: local })).toMatchObject({
      phase: 'waiting',
      title: 'Nobody is live under this name yet',
    });
    expect(view({ target: local, player: playing }).phase).toBe('live');
    expect(view({ target: local, everPlayed: true })).toMatchObject({ phase: 'ended', video: 'last' });
  });
});
