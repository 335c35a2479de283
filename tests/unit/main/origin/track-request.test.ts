import { Path } from 'moq-net';
import { expect, it } from 'vitest';
import { Origin } from '../../../../main/origin/origin.ts';
import { requestWithSubscription } from '../../../../main/origin/track-request.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { attachClient, NumberedBroadcast, readNumbers } from '../../../support/sessions.ts';
import { waitFor } from '../../../support/wait.ts';

const own = closeAfterEach();
const HELLO = Path.from('hello');

it('gives a track’s properties, and its subscription to the reader that follows', async () => {
  const numbers = own(new NumberedBroadcast({ retentionMs: 700 }));
  const source = numbers.producer.consume();
  expect(await requestWithSubscription(source, 'video')).toMatchObject({ latencyMax: 700 });
  expect(await readNumbers(source.subscribe('video'), 3)).toHaveLength(3);
  expect(numbers.requests).toBe(1);
});

it('ends the subscription if no reader follows', async () => {
  const numbers = own(new NumberedBroadcast());
  await requestWithSubscription(numbers.producer.consume(), 'video');
  expect(numbers.tracks[0]?.used.peek()).toBe(true);
  await waitFor('unsubscribed', () => numbers.tracks[0]?.used.peek() === false);
});

it('rejects if the publisher refuses the track', async () => {
  const numbers = own(new NumberedBroadcast());
  const source = numbers.producer.consume();
  const info = requestWithSubscription(source, 'viewers/3');
  numbers.producer.close();
  await expect(info).rejects.toThrow();
});

it('opens a remote track once for a player that requests its properties first', async () => {
  const origin = new Origin();
  const numbers = own(new NumberedBroadcast());
  origin.publish(HELLO, numbers.producer.consume(), { by: numbers, hasTrackInfo: true });
  const { client, session } = await attachClient(origin);
  own(client);
  own(session);
  const broadcast = own(client.consume(HELLO));
  await broadcast.track('video').info();
  await waitFor('the subscription', () => numbers.tracks[0]?.used.peek() === true);
  expect(await readNumbers(broadcast.subscribe('video'), 3)).toHaveLength(3);
  expect(numbers.requests).toBe(1);
});
