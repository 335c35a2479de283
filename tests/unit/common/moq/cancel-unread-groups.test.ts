import { Broadcast, type Group, Path, Time, type Track } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { Origin } from '../../../../main/origin/origin.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { type AttachedClient, attachClient } from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

/**
 * In these tests, readers cancel groups and change priorities, and the publisher is notified over two real sessions.
 */

const HELLO = Path.from('live/hello');

async function join(origin: Origin): Promise<AttachedClient> {
  const attached = await attachClient(origin);
  own(attached.client, attached.session);
  return attached;
}

/**
 * Publishes a broadcast. The returned function returns the track that the test writes to, or undefined until
 * a reader subscribes to the track.
 */
async function publish(origin: Origin): Promise<() => Track.Producer | undefined> {
  const { client } = await join(origin);
  const producer = new Broadcast.Producer();
  own(producer);
  let track: Track.Producer | undefined;
  const serve = async () => {
    for (let request = await producer.requested(); request; request = await producer.requested()) {
      const accepted = request.accept({ latencyMax: 10_000 });
      // A request for the track's properties has no reader.
      if (accepted.used.peek()) track = accepted;
    }
  };
  void serve();
  client.publish(HELLO, producer);
  await waitFor('published', () => origin.get(HELLO));
  return () => track;
}

function write(group: Group.Producer): void {
  group.writeFrame({ payload: new Uint8Array(100), timestamp: Time.Timestamp.now() });
}

async function next(track: Track.Subscriber): Promise<Group.Consumer> {
  const group = await track.recvGroup();
  if (!group) throw new Error('the track ended');
  await group.readFrame();
  return group;
}

const own = closeAfterEach();

describe('a group that its reader closed', () => {
  it('is no longer sent by the publisher when there is a newer group', async () => {
    const origin = new Origin();
    const published = await publish(origin);
    const reader = (await join(origin)).client.consume(HELLO).subscribe('video', {});
    const track = await waitFor('subscribed', published);
    const first = track.appendGroup();
    write(first);
    const late = await next(reader);
    const second = track.appendGroup();
    write(second);
    await next(reader);
    late.close();
    // The publisher notices the cancellation no later than when it writes its next frame.
    await waitFor('cancelled', () => {
      write(first);
      return !first.used.peek();
    });
    expect(second.used.peek()).toBe(true);
  });

  it('continues for another reader, and is kept for later readers while it is the newest', async () => {
    const origin = new Origin();
    const published = await publish(origin);
    const one = (await join(origin)).client.consume(HELLO).subscribe('video', {});
    const other = (await join(origin)).client.consume(HELLO).subscribe('video', {});
    const track = await waitFor('subscribed', published);
    const group = track.appendGroup();
    write(group);
    const [mine] = await Promise.all([next(one), next(other)]);
    mine.close();
    await sleep(100);
    write(group);
    expect(group.used.peek()).toBe(true);
    const late = (await join(origin)).client.consume(HELLO).subscribe('video', {});
    expect((await next(late)).sequence).toBe(group.sequence);
  });
});

describe('the priority of a subscription', () => {
  it('reaches the publisher, as do its changes', async () => {
    const origin = new Origin();
    const published = await publish(origin);
    const reader = (await join(origin)).client.consume(HELLO).subscribe('video', { priority: 50 });
    const track = await waitFor('subscribed', published);
    await waitFor('priority passed on', () => track.subscription.peek()?.priority === 50);
    reader.update({ priority: 70 });
    await waitFor('priority changed', () => track.subscription.peek()?.priority === 70);
  });
});
