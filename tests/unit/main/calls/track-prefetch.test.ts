import { Path } from 'moq-net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readAhead, WARM_MS, Warm } from '../../../../main/calls/track-prefetch.ts';
import { Origin, type Publication } from '../../../../main/origin/origin.ts';
import { type Attached, attach, Numbers, readNumbers } from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

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

test('what was read before the link was lost is read ahead when the broadcast comes again, once at a time', async () => {
  const warm = new Warm();
  warm.came(publication);
  expect(readAtPeer()).toBe(false);
  const stop = publication.countReader({}, 'video');
  warm.lost();
  stop();
  warm.came(publication);
  await waitFor('read', readAtPeer);
  // Published anew while nobody reads, more than 0.5 s later: nothing is to be read ahead, and the other one ends.
  await sleep(600);
  warm.came(publication);
  await waitFor('let go', () => !readAtPeer());
  warm.close();
});
