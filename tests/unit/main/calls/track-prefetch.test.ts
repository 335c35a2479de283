import { Path } from 'moq-net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PREFETCH_MS, prefetchTracks, TrackPrefetch } from '../../../../main/calls/track-prefetch.ts';
import { Origin, type Publication } from '../../../../main/origin/origin.ts';
import {
  type AttachedClient,
  attachClient,
  NumberedBroadcast,
  readNumbers,
} from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

/** Before each test, a peer publishes `numbers`, so that the test can see which tracks are subscribed to. */
let numbers: NumberedBroadcast;
let peer: AttachedClient;
let publication: Publication;
beforeEach(async () => {
  const origin = new Origin();
  numbers = new NumberedBroadcast({ firstTracks: true });
  peer = await attachClient(origin);
  peer.client.publish(Path.from('in'), numbers.producer);
  publication = await waitFor('the broadcast', () => origin.get(Path.from('in')));
});
afterEach(async () => {
  vi.useRealTimers();
  numbers.close();
  await peer.session.close();
});

const isReadAtPeer = () => numbers.tracks.some((track) => track.subscription.peek() !== undefined);

test('subscribes at once, and a reader shares the subscription and keeps it when the prefetch ends', async () => {
  const stop = prefetchTracks(publication, ['video']);
  await waitFor('read', isReadAtPeer);
  const { requests } = numbers;
  const reader = publication.source.subscribe('video');
  expect(await readNumbers(reader, 3)).toHaveLength(3);
  stop();
  expect(await readNumbers(reader, 3)).toHaveLength(3);
  expect(numbers.requests).toBe(requests);
  reader.close();
});

test('ends on request, and automatically if there is no reader', async () => {
  const stop = prefetchTracks(publication, ['video']);
  await waitFor('read', isReadAtPeer);
  stop();
  stop();
  await waitFor('released', () => !isReadAtPeer());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  prefetchTracks(publication, ['video']);
  const timers = vi.getTimerCount();
  vi.advanceTimersByTime(PREFETCH_MS);
  expect(timers - vi.getTimerCount()).toBeGreaterThan(0);
  vi.useRealTimers();
  await waitFor('released', () => !isReadAtPeer());
});

test('ignores a track that does not exist', async () => {
  const stop = prefetchTracks(publication, ['other', 'catalog.json']);
  publication.close();
  stop();
});

test('prefetches the previously read tracks after a connection loss, one prefetch at a time', async () => {
  const prefetch = new TrackPrefetch();
  prefetch.broadcastAppeared(publication);
  expect(isReadAtPeer()).toBe(false);
  const stop = publication.addReader({}, 'video');
  prefetch.connectionLost();
  stop();
  prefetch.broadcastAppeared(publication);
  await waitFor('read', isReadAtPeer);
  // Republish the broadcast after more than 0.5 s without readers. There is nothing to prefetch then, and the
  // previous prefetch ends.
  await sleep(600);
  prefetch.broadcastAppeared(publication);
  await waitFor('released', () => !isReadAtPeer());
  prefetch.close();
});
