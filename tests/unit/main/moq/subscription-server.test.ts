import { Broadcast, Path, Time, type Track } from 'moq-net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StallGuard } from '../../../../main/moq/stream-shedding.ts';
import { isServed } from '../../../../main/moq/subscription-wire.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { type Attached, attach, EVERYTHING, Numbers, readNumbers } from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

/** Subscriptions that this project serves, read by the library's own subscriber, over real sessions. */
const open: { close(): unknown }[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const opened of open.splice(0).reverse()) await opened.close();
});
async function join(origin: Origin, protocol: string): Promise<Attached> {
  const attached = await attach(origin, EVERYTHING, { protocol });
  open.push(attached.client, attached.session);
  return attached;
}
const HELLO = Path.from('hello');

/** Real streams here are qmux's, which have nothing to discard; iroh's own are in the tests of the transport. */
function watchDiscarded(): unknown[] {
  const discarded: unknown[] = [];
  const open = StallGuard.prototype.openWriter;
  vi.spyOn(StallGuard.prototype, 'openWriter').mockImplementation(async function (this: StallGuard, options) {
    return Object.assign(await open.call(this, options), { discard: (why: unknown) => discarded.push(why) });
  });
  return discarded;
}

async function publish(origin: Origin, protocol: string, broadcast: Broadcast.Producer): Promise<void> {
  const { client } = await join(origin, protocol);
  open.push(broadcast);
  client.publish(HELLO, broadcast);
  await waitFor('published', () => origin.get(HELLO));
}

/** `moql` settles on moq-lite-02 by messages, as over WebTransport where the server cannot choose. */
describe.each(['moql', 'moq-lite-03', 'moq-lite-04', 'moq-lite-05'])('a subscription in %s', (protocol) => {
  it('is of a version that is served here', async () => {
    const { session } = await join(new Origin(), protocol);
    const { version } = session.established;
    expect(version).toBe(protocol === 'moql' ? 'moq-lite-02' : protocol);
    expect(isServed(version)).toBe(true);
  });

  it('has every frame of every group as it was, with its time where the version tells it', async () => {
    const origin = new Origin();
    const broadcast = new Broadcast.Producer();
    const scale = Time.Timescale.MICRO;
    const track = broadcast.createTrack('video', { timescale: scale });
    await publish(origin, protocol, broadcast);
    const { client } = await join(origin, protocol);
    const reader = client.consume(HELLO).subscribe('video');
    await waitFor('asked for', () => track.used.peek());
    const group = track.appendGroup();
    // Times that go back, stand still and leap; frames of no bytes, and larger than any record of the transport.
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

  it('ends with the track, and stops the source when the last reader leaves', async () => {
    const origin = new Origin();
    const numbers = new Numbers();
    await publish(origin, protocol, numbers.producer);
    const { client } = await join(origin, protocol);
    const reader = client.consume(HELLO).subscribe('video');
    await readNumbers(reader, 3);
    reader.close();
    await waitFor('the source is left', () => numbers.tracks.every((track) => !track.used.peek()));
    const again = client.consume(HELLO).subscribe('video');
    await readNumbers(again, 3);
    for (const track of numbers.tracks) track.close();
    // The library's own reader does not notice the end before 05.
    if (protocol === 'moq-lite-05') await waitFor('the end', () => again.closed.peek() !== undefined);
    numbers.close();
  });

  it('leaves nothing on its way that was written whole, once its reader is gone; what the track ended with comes', async () => {
    const discarded = watchDiscarded();
    const origin = new Origin();
    const broadcast = new Broadcast.Producer();
    const track = broadcast.createTrack('video');
    await publish(origin, protocol, broadcast);
    const { client } = await join(origin, protocol);
    const reader = client.consume(HELLO).subscribe('video');
    await waitFor('asked for', () => track.used.peek());
    const write = () => {
      const group = track.appendGroup();
      group.writeFrame({ payload: new Uint8Array(9), timestamp: Time.Timestamp.now() });
      group.close();
    };
    // Those of the way from the source, which is not left, and those to the reader.
    const read = async (from: Track.Subscriber) =>
      (await (await from.recvGroup())?.readFrame())?.payload.byteLength;
    for (let i = 0; i < 3; i += 1) {
      write();
      expect(await read(reader)).toBe(9);
    }
    expect(discarded).toEqual([]);
    reader.close();
    await waitFor('given up', () => discarded.length >= 3);
    const again = client.consume(HELLO).subscribe('video');
    await waitFor('asked for again', () => track.used.peek());
    const before = discarded.length;
    write();
    expect(await read(again)).toBe(9);
    track.close();
    await sleep(100);
    expect(discarded).toHaveLength(before);
  });

  it('of what the session itself publishes, beside the Origin, is served by the library', async () => {
    const { session, client } = await join(new Origin(), protocol);
    const numbers = new Numbers();
    session.established.publish(Path.from('own'), numbers.producer);
    expect(await readNumbers(client.consume(Path.from('own')).subscribe('video'), 3)).toHaveLength(3);
    numbers.close();
  });

  it('of what is not there is refused', async () => {
    const { client } = await join(new Origin(), protocol);
    await expect(client.consume(HELLO).subscribe('video').recvGroup()).rejects.toThrow();
  });
});
