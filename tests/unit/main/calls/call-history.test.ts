import { expect, test } from 'vitest';
import type { CallRecord } from '../../../../common/bridge/bridge.ts';
import {
  knownPeers,
  limitHistory,
  MAX_RECORDS,
  MAX_STRANGER_RECORDS,
  type Standing,
} from '../../../../main/calls/call-history.ts';

const talk = (peer: string, id = `talk ${peer}`): CallRecord => ({
  ...{ id, peer, remoteName: '', direction: 'in', startedAtMs: 1, ticket: null },
  ...{ durationMs: 1_000, outcome: 'done' },
});
const missed = (peer: string, id = `missed ${peer}`): CallRecord => ({
  ...talk(peer, id),
  ...{ durationMs: 0, outcome: 'missed' },
});
const many = (count: number, make: (i: number) => CallRecord): CallRecord[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Like the app, adds calls to a history one after the other. The last call is the newest. */
function historyAfter(calls: readonly CallRecord[], contacts: readonly string[] = []): readonly CallRecord[] {
  let history: readonly CallRecord[] = [];
  for (const call of calls) {
    const next = [call, ...history];
    const known = knownPeers(next);
    const standingOf = (peer: string): Standing =>
      contacts.includes(peer) ? 'contact' : known.has(peer) ? 'known' : 'stranger';
    history = limitHistory(next, standingOf);
  }
  return history;
}

const idsOf = (history: readonly CallRecord[]) => history.map(({ id }) => id);

test('keeps an unsaved friend’s missed call, no matter how many strangers call', () => {
  const strangers = many(300, (i) => missed(`stranger ${i}`));
  const history = historyAfter([talk('friend'), missed('friend'), ...strangers]);
  expect(history).toHaveLength(2 + MAX_STRANGER_RECORDS);
  expect(idsOf(history).slice(-2)).toEqual(['missed friend', 'talk friend']);
  expect(history[0]?.id).toBe('missed stranger 299');
});

test('keeps the missed calls of friends and contacts when the history is full of answered calls', () => {
  const history = historyAfter(
    [
      ...[talk('friend'), missed('friend'), missed('contact')],
      ...many(MAX_RECORDS, (i) => talk(`talk ${i}`)),
      ...many(300, (i) => missed(`stranger ${i}`)),
      missed('newest'),
    ],
    ['contact'],
  );
  expect(history).toHaveLength(MAX_RECORDS);
  // The remaining calls show that the user knows this friend.
  expect(idsOf(history)).toEqual(expect.arrayContaining(['missed contact']));
  expect(history[0]?.id).toBe('missed newest');
  expect(history.filter(({ durationMs }) => durationMs > 0).length).toBeGreaterThanOrEqual(140);
});

test('lets a known peer that calls constantly push out only its own missed calls', () => {
  const flood = many(400, (i) => missed('pest', `pest ${i}`));
  const talks = many(150, (i) => talk('pest', `talk ${i}`));
  const history = historyAfter([talk('friend'), missed('friend'), ...talks, ...flood]);
  expect(history).toHaveLength(MAX_RECORDS);
  expect(idsOf(history)).toContain('missed friend');
  expect(history[0]?.id).toBe('pest 399');
});

test('considers a peer known if the user has called it or has answered it', () => {
  const called: CallRecord = { ...missed('called'), direction: 'out', outcome: 'noAnswer' };
  expect([...knownPeers([called, talk('answered'), missed('stranger')])]).toEqual(['called', 'answered']);
});
