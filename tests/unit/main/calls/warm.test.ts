import { Path } from 'moq-net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readAhead, WARM_MS } from '../../../../main/calls/warm.ts';
import { Origin, type Publication } from '../../../../main/origin/origin.ts';
import { type Attached, attach, Numbers, readNumbers } from '../../../support/sessions.ts';
import { waitFor } from '../../../support/wait.ts';

/** A broadcast that comes over a session, as a peer's does, so that what is no longer read is told to the peer. */
let numbers: Numbers;
let peer: Attached;
let publication: Publication;
beforeEach(async () => {
  const origin = new Origin();
  numbers = new Numbers();
  peer = await attach(origin);
  peer.client.publish(Path.from('in'), numbers.producer);
  publication = await waitFor('the broadcast', () => origin.get(Path.from('in')));
});
afterEach(async () => {
  vi.useRealTimers();
  numbers.close();
  await peer.session.close();
});

const readAtPeer = () => numbers.tracks.some((track) => track.subscription.peek() !== undefined);

test('asks for the track at once; who reads it joins, and goes on when the reading ahead ends', async () => {
  const end = readAhead(publication, ['video']);
  await waitFor('read', readAtPeer);
  const { requests } = numbers;
  const reader = publication.source.subscribe('video');
  expect(await readNumbers(reader, 3)).toHaveLength(3);
  end();
  expect(await readNumbers(reader, 3)).toHaveLength(3);
  expect(numbers.requests).toBe(requests);
  reader.close();
});

test('ends early, and by itself when nobody came', async () => {
  const end = readAhead(publication, ['video']);
  await waitFor('read', readAtPeer);
  end();
  end();
  await waitFor('let go', () => !readAtPeer());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  readAhead(publication, ['video']);
  const timers = vi.getTimerCount();
  vi.advanceTimersByTime(WARM_MS);
  expect(timers - vi.getTimerCount()).toBeGreaterThan(0);
  vi.useRealTimers();
  await waitFor('let go', () => !readAtPeer());
});

test('a track that is not there harms nothing', async () => {
  const end = readAhead(publication, ['other', 'catalog.json']);
  publication.close();
  end();
});
