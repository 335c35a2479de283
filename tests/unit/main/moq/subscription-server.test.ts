import { Broadcast, Path, Time, type Track } from 'moq-net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MAX_RETENTION_MS } from '../../../../main/moq/retention.ts';
import { StreamShedder } from '../../../../main/moq/stream-shedding.ts';
import { isServedVersion } from '../../../../main/moq/subscription-wire.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { closeAfterEach } from '../../../support/own.ts';
import {
  ALL_GRANTS,
  type AttachedClient,
  attachClient,
  NumberedBroadcast,
  readNumbers,
} from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

/** The subscriptions are served by this project and read by the library's subscriber over real sessions. */
const own = closeAfterEach();
afterEach(() => vi.restoreAllMocks());
async function join(origin: Origin, protocol: string): Promise<AttachedClient> {
  const attached = await attachClient(origin, ALL_GRANTS, { protocol });
  own(attached.client, attached.session);
  return attached;
}
const HELLO = Path.from('hello');

/** These tests use qmux streams, which cannot discard data. The transport tests cover iroh's streams. */
function recordDiscards(): unknown[] {
  const discarded: unknown[] = [];
  const open = StreamShedder.prototype.openWriter;
  vi.spyOn(StreamShedder.prototype, 'openWriter').mockImplementation(async function (
    this: StreamShedder,
    options,
  ) {
    return Object.assign(await open.call(this, options), { discard: (why: unknown) => discarded.push(why) });
  });
  return discarded;
}

async function publish(origin: Origin, protocol: string, broadcast: Broadcast.Producer): Promise<void> {
  const { client } = await join(origin, protocol);
  own(broadcast);
  client.publish(HELLO, broadcast);
  await waitFor('published', () => origin.get(HELLO));
}

/**
 * With `moql`, SETUP messages negotiate moq-lite-02. The same happens over WebTransport, because the server cannot
 * select a subprotocol there.
 */
describe.each(['moql', 'moq-lite-03', 'moq-lite-04', 'moq-lite-05'])('a subscription in %s', (protocol) => {
  it('has a version that this server supports', async () => {
    const { session } = await join(new Origin(), protocol);
    const { version } = session.established;
    expect(version).toBe(protocol === 'moql' ? 'moq-lite-02' : protocol);
    expect(isServedVersion(version)).toBe(true);
  });

  it('delivers every frame of a group unchanged, with its timestamp if the version has timestamps', async () => {
    const origin = new Origin();
    const broadcast = new Broadcast.Producer();
    const scale = Time.Timescale.MICRO;
    const track = broadcast.createTrack('video', { timescale: scale });
    await publish(origin, protocol, broadcast);
    const { client } = await join(origin, protocol);
    const reader = client.consume(HELLO).subscribe('video');
    await waitFor('subscribed', () => track.used.peek());
    const group = track.appendGroup();
    // The timestamps decrease, repeat and jump. Some frames are empty, and some are larger than any transport record.
    const times = [1_700_000_000_000_000, 1_700_000_000_033_333, 1_700_000_000_020_000, 0, 0];
    const sizes = [100_000, 0, 1, 5_000, 300_000];
    for (const [i, size] of sizes.entries()) {
      const payload = new Uint8Array(size).fill(i + 1);
      group.writeFrame({ payload, timestamp: new Time.Timestamp(times[i] ?? 0, scale) });
    }
    group.close();
    const read = await reader.recvGroup();
    for (const [i, size] of sizes.entries()) {
      const frame = await read?.readFrame();
      expect(frame?.payload.byteLength).toBe(size);
      expect(frame?.payload.every((byte) => byte === i + 1)).toBe(true);
      if (protocol === 'moq-lite-05') expect(frame?.timestamp.as(scale)).toBe(times[i]);
    }
    expect(await read?.readFrame()).toBeUndefined();
  });

  it('ends when the track ends, and is closed at the source when the last reader unsubscribes', async () => {
    const origin = new Origin();
    const numbers = new NumberedBroadcast();
    await publish(origin, protocol, numbers.producer);
    const { client } = await join(origin, protocol);
    const reader = client.consume(HELLO).subscribe('video');
    await readNumbers(reader, 3);
    reader.close();
    await waitFor('unsubscribed at the source', () => numbers.tracks.every((track) => !track.used.peek()));
    const again = client.consume(HELLO).subscribe('video');
    await readNumbers(again, 3);
    for (const track of numbers.tracks) track.close();
    // Before version 05, the library's subscriber does not notice the end.
    if (protocol === 'moq-lite-05') await waitFor('the end', () => again.closed.peek() !== undefined);
    numbers.close();
  });

  it('discards written groups when its reader unsubscribes, but not when the track ends', async () => {
    const discarded = recordDiscards();
    const origin = new Origin();
    const broadcast = new Broadcast.Producer();
    const track = broadcast.createTrack('video');
    await publish(origin, protocol, broadcast);
    const { client } = await join(origin, protocol);
    const reader = client.consume(HELLO).subscribe('video');
    await waitFor('subscribed', () => track.used.peek());
    const write = () => {
      const group = track.appendGroup();
      group.writeFrame({ payload: new Uint8Array(9), timestamp: Time.Timestamp.now() });
      group.close();
    };
    const read = async (from: Track.Subscriber) =>
      (await (await from.recvGroup())?.readFrame())?.payload.byteLength;
    for (let i = 0; i < 3; i += 1) {
      write();
      expect(await read(reader)).toBe(9);
    }
    expect(discarded).toEqual([]);
    reader.close();
    await waitFor('discarded', () => discarded.length >= 3);
    const again = client.consume(HELLO).subscribe('video');
    await waitFor('subscribed again', () => track.used.peek());
    const before = discarded.length;
    write();
    expect(await read(again)).toBe(9);
    track.close();
    await sleep(100);
    expect(discarded).toHaveLength(before);
  });

  it('passes its priority and every change of it to the source, but no latency above the limit', async () => {
    const origin = new Origin();
    const broadcast = new Broadcast.Producer();
    const track = broadcast.createTrack('video');
    await publish(origin, protocol, broadcast);
    const { client } = await join(origin, protocol);
    const reader = client.consume(HELLO).subscribe('video', { priority: 7, latencyMax: 600_000 });
    await waitFor('the priority', () => track.subscription.peek()?.priority === 7);
    expect(track.subscription.peek()?.latencyMax).toBe(protocol === 'moql' ? 0 : MAX_RETENTION_MS);
    // In moq-lite-02, the library does not send updates.
    if (protocol === 'moql') return;
    reader.update({ priority: 9, latencyMax: 600_000, startGroup: 1_000_000 });
    await waitFor('the new priority', () => track.subscription.peek()?.priority === 9);
    expect(track.subscription.peek()?.startGroup).toBeUndefined();
  });

  it('does not let the group range of one reader affect another', async () => {
    const origin = new Origin();
    const broadcast = new Broadcast.Producer();
    const track = broadcast.createTrack('video', { timescale: Time.Timescale.MICRO });
    await publish(origin, protocol, broadcast);
    const distant = await join(origin, protocol);
    distant.client.consume(HELLO).subscribe('video', { startGroup: 1_000_000, endGroup: 1_000_001 });
    await waitFor('subscribed', () => track.used.peek());
    const { client } = await join(origin, protocol);
    const reader = client.consume(HELLO).subscribe('video');
    const group = track.appendGroup();
    group.close();
    expect((await reader.recvGroup())?.sequence).toBe(group.sequence);
    expect(track.subscription.peek()).toMatchObject({ startGroup: undefined, endGroup: undefined });
  });

  // In moq-lite-02, subscriptions have no range.
  if (protocol !== 'moql')
    it('delivers only the groups in its range', async () => {
      const origin = new Origin();
      const broadcast = new Broadcast.Producer();
      const track = broadcast.createTrack('video');
      await publish(origin, protocol, broadcast);
      const { client } = await join(origin, protocol);
      const everything = client.consume(HELLO).subscribe('video');
      await waitFor('subscribed', () => track.used.peek());
      for (let i = 0; i < 6; i += 1) track.appendGroup().close();
      await waitFor('all groups', () => everything.latest() === 5);
      const other = await join(origin, protocol);
      const reader = other.client.consume(HELLO).subscribe('video', { startGroup: 2, endGroup: 3 });
      const received: number[] = [];
      for (let i = 0; i < 2; i += 1) received.push((await reader.recvGroup())?.sequence ?? -1);
      expect(received.sort()).toEqual([2, 3]);
      await sleep(50);
      expect(reader.latest()).toBe(3);
    });

  it('is served by the library if the session publishes the broadcast outside the Origin', async () => {
    const { session, client } = await join(new Origin(), protocol);
    const numbers = new NumberedBroadcast();
    session.established.publish(Path.from('own'), numbers.producer);
    expect(await readNumbers(client.consume(Path.from('own')).subscribe('video'), 3)).toHaveLength(3);
    numbers.close();
  });

  it('is refused if the broadcast is unknown', async () => {
    const { client } = await join(new Origin(), protocol);
    await expect(client.consume(HELLO).subscribe('video').recvGroup()).rejects.toThrow();
  });
});
