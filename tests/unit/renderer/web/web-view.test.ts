import { describe, expect, it } from 'vitest';
import type { PullReport, RelayInfo } from '../../../../common/relay/relay-api.ts';
import { parseTicket } from '../../../../common/ticket/ticket.ts';
import { NO_BROADCAST, type PlayerState } from '../../../../renderer/media/shared/types.ts';
import { publisherHop, relayHop, type WebFacts, webWatchView } from '../../../../renderer/web/web-view.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';
const ticket: WebFacts['name'] = { kind: 'ticket', path: TICKET, label: 'hello' };
const local: WebFacts['name'] = { kind: 'path', path: 'hello', label: 'hello' };

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

function view(facts: Partial<WebFacts>) {
  return webWatchView({
    name: ticket,
    connected: true,
    problem: null,
    info,
    report: null,
    player: offline,
    everPlayed: false,
    ...facts,
  });
}

describe('what a page shows over the picture', () => {
  it('first looks for the relay, and says why there is none after a while', () => {
    expect(view({ connected: false })).toMatchObject({
      phase: 'connecting',
      title: 'Connecting to the relay…',
    });
    expect(view({ connected: false, problem: 'Nobody answers.' })).toMatchObject({
      phase: 'disconnected',
      body: 'Nobody answers. This page keeps trying.',
    });
  });

  it('tells what the relay says of a ticket', () => {
    const phaseOf = (state: PullReport['state']) => view({ report: { ...report, state } }).phase;
    expect(phaseOf('released')).toBe('connecting');
    expect(phaseOf('connecting')).toBe('connecting');
    expect(phaseOf('waiting')).toBe('waiting');
    expect(phaseOf('ended')).toBe('ended');
    expect(phaseOf('live')).toBe('connecting');
  });

  it('tells a failure in the relay’s own words', () => {
    const failed = view({
      report: { ...report, state: 'failed', failure: 'offline', message: 'Nobody is there. Ask again.' },
    });
    expect(failed).toMatchObject({ phase: 'failed', step: 'retry', body: 'Nobody is there. Ask again.' });
    // And does not say twice what is the heading.
    const twice = view({
      report: { ...report, state: 'failed', failure: 'offline', message: `${failed.title}. Ask again.` },
    });
    expect(twice.body).toBe('Ask again.');
  });

  it('lets a moving picture win', () => {
    expect(view({ report: { ...report, state: 'waiting' }, player: playing })).toMatchObject({
      phase: 'live',
      picture: 'moving',
    });
  });

  it('says when the relay fetches no tickets, but not of one that it has', () => {
    const closed = { ...info, mayPull: false };
    expect(view({ info: closed })).toMatchObject({ phase: 'failed', step: null });
    expect(view({ info: closed, player: playing }).phase).toBe('live');
    expect(view({ info: closed, name: local }).phase).toBe('waiting');
  });

  it('says that a token is needed, before and after there is a session, also for the relay’s own ticket', () => {
    const rooms = { ...info, read: ['rooms'] };
    const needed = { phase: 'failed', title: 'This needs a token' };
    expect(view({ name: local, info: rooms })).toMatchObject(needed);
    expect(view({ name: local, info: rooms, connected: false, problem: 'No.' })).toMatchObject(needed);
    const own = { ...rooms, endpointId: parseTicket(TICKET).endpointId };
    expect(view({ info: own })).toMatchObject(needed);
    expect(view({ name: { kind: 'path', path: 'rooms/one', label: 'one' }, info: rooms }).phase).toBe(
      'waiting',
    );
    expect(view({ name: local, info: rooms, player: playing }).phase).toBe('live');
  });

  it('knows of the relay’s own broadcasts what the player sees', () => {
    expect(view({ name: local })).toMatchObject({ phase: 'waiting', title: 'Nobody is live here yet' });
    expect(view({ name: local, player: playing }).phase).toBe('live');
    expect(view({ name: local, everPlayed: true })).toMatchObject({ phase: 'ended', picture: 'last' });
  });
});

describe('the stretches of the way', () => {
  it('are named with their round trip', () => {
    expect(relayHop('webtransport', 12.4)).toMatchObject({ level: 'good', text: 'You ↔ relay · 12 ms' });
    expect(relayHop('websocket', null)).toMatchObject({ level: 'unknown', text: 'You ↔ relay · WebSocket' });
    expect(publisherHop({ ...report, upstream: { kind: 'relayed', rttMs: 180 } })).toMatchObject({
      level: 'poor',
      text: 'Relay ↔ publisher · relayed · 180 ms',
    });
  });

  it('leaves out what is not there', () => {
    expect(publisherHop(null)).toBeNull();
    expect(publisherHop(report)).toBeNull();
  });
});
