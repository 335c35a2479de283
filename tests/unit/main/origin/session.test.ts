import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Broadcast, Path, Time } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_LIMITS } from '../../../../main/origin/announcement-limits.ts';
import { MAX_ANNOUNCED } from '../../../../main/origin/announcement-subscriber.ts';
import { mount, viewerGrants } from '../../../../main/origin/grants.ts';
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

async function join(...args: Parameters<typeof attachClient>): Promise<AttachedClient> {
  const attached = await attachClient(...args);
  own(attached.client, attached.session);
  return attached;
}
function numbers(options?: ConstructorParameters<typeof NumberedBroadcast>[0]): NumberedBroadcast {
  const made = new NumberedBroadcast(options);
  own(made);
  return made;
}
const own = closeAfterEach();

const HELLO = Path.from('live/hello');

describe('a session on the Origin', () => {
  it('publishes and unpublishes the broadcasts that its peer announces', async () => {
    const origin = new Origin();
    const { client } = await join(origin);
    const { producer } = numbers();
    client.publish(HELLO, producer);
    await waitFor('published', () => origin.get(HELLO));
    producer.close();
    await waitFor('unpublished', () => !origin.get(HELLO));
  });

  it('announces current and future broadcasts to other sessions, but not to their publisher', async () => {
    const origin = new Origin();
    const publisher = await join(origin);
    const early = numbers();
    publisher.client.publish(Path.from('live/early'), early.producer);
    await waitFor('published', () => origin.get(Path.from('live/early')));
    const watcher = await join(origin);
    const own = publisher.client.announced(Path.from('live'));
    const seen = watcher.client.announced(Path.from('live'));
    expect(await seen.next()).toEqual({ path: 'early', active: true });
    const late = numbers();
    publisher.client.publish(Path.from('live/late'), late.producer);
    expect(await seen.next()).toEqual({ path: 'late', active: true });
    late.producer.close();
    expect(await seen.next()).toEqual({ path: 'late', active: false });
    const echoed = await Promise.race([own.next(), sleep(100)]);
    expect(echoed).toBeUndefined();
  });

  it('forwards each track once for any number of readers', async () => {
    const origin = new Origin();
    const publisher = await join(origin);
    const source = numbers();
    publisher.client.publish(HELLO, source.producer);
    await waitFor('published', () => origin.get(HELLO));
    const readers = [await join(origin), await join(origin), await join(origin)];
    const tracks = readers.map(({ client }) => client.consume(HELLO).subscribe('video', { priority: 5 }));
    const read = await Promise.all(tracks.map((track) => readNumbers(track, 20)));
    for (const run of read) expect(run).toEqual(run.map((_, i) => (run[0] ?? 0) + i));
    // The publisher receives one TRACK request and one SUBSCRIBE for each opened track, regardless of the number of
    // readers.
    expect(source.tracks.filter((track) => track.used.peek())).toHaveLength(1);
    expect(origin.get(HELLO)?.readers.get()).toBe(3);
    for (const track of tracks) track.close();
    await waitFor('no readers', () => origin.get(HELLO)?.readers.get() === 0);
    await waitFor('upstream unsubscribed', () => source.tracks.every((track) => !track.used.peek()));
  });

  it('does not count a session that reads only the catalog as a viewer', async () => {
    const origin = new Origin();
    const publisher = await join(origin);
    const source = numbers({ firstTracks: true });
    publisher.client.publish(HELLO, source.producer);
    await waitFor('published', () => origin.get(HELLO));
    const { client } = await join(origin);
    await readNumbers(client.consume(HELLO).subscribe('catalog.json'), 1);
    expect(origin.get(HELLO)?.readers.get()).toBe(0);
  });

  it('shows a peer only the broadcasts that its grants allow, under the session’s paths', async () => {
    const origin = new Origin();
    const publisher = await join(origin);
    const source = numbers();
    publisher.client.publish(HELLO, source.producer);
    publisher.client.publish(Path.from('secret/plan'), numbers().producer);
    await waitFor('published', () => origin.get(Path.from('secret/plan')) && origin.get(HELLO));
    const viewer = await join(origin, viewerGrants('live', [], { listed: true }));
    const seen = viewer.client.announced();
    expect(await seen.next()).toEqual({ path: 'hello', active: true });
    expect(await Promise.race([seen.next(), sleep(100)])).toBeUndefined();
    await readNumbers(viewer.client.consume(Path.from('hello')).subscribe('video'), 3);
    const denied = viewer.client.consume(Path.from('secret/plan')).subscribe('video');
    await expect(denied.recvGroup()).rejects.toThrow();
    viewer.client.publish(Path.from('mine'), numbers().producer);
    await sleep(100);
    expect(origin.list().map(({ path }) => path)).not.toContain('mine');
  });

  it('shows a viewer only the broadcast that it names, in announcements and reads, now and later', async () => {
    const origin = new Origin();
    const publisher = await join(origin);
    for (const path of ['live/hello', 'live/hello/more', 'live/other']) {
      publisher.client.publish(Path.from(path), numbers().producer);
    }
    await waitFor('published', () => origin.list().length === 3);
    const { client } = await join(origin, viewerGrants('live'));
    const hidden = ['', 'hel', 'other/x', 'live', 'missing'].map((prefix) =>
      client.announced(Path.from(prefix)),
    );
    const asked = client.announced(Path.from('hello'));
    const future = client.announced(Path.from('later'));
    expect(await asked.next()).toEqual({ path: '', active: true });
    publisher.client.publish(Path.from('live/later'), numbers().producer);
    publisher.client.publish(Path.from('live/later/more'), numbers().producer);
    expect(await future.next()).toEqual({ path: '', active: true });
    const more = [...hidden, asked, future].map((announcements) => announcements.next());
    expect(await Promise.race([...more, sleep(300)])).toBeUndefined();
    await readNumbers(client.consume(Path.from('other')).subscribe('video'), 3);
    await expect(client.consume(Path.from('missing')).subscribe('video').recvGroup()).rejects.toThrow();
  });

  it.each(['moq-lite-03', 'moq-lite-04', 'moq-lite-05'])(
    'announces every change over %s',
    async (protocol) => {
      const origin = new Origin();
      const publisher = await join(origin);
      const { client } = await join(origin, ALL_GRANTS, { protocol });
      const sources = Array.from({ length: 3 }, () => numbers());
      publisher.client.publish(Path.from('live/0'), sources[0]?.producer ?? new Broadcast.Producer());
      await waitFor('published', () => origin.list().length === 1);
      const seen = client.announced(Path.from('live'));
      expect(await seen.next()).toEqual({ path: '0', active: true });
      for (const [i, { producer }] of sources.entries()) {
        if (i === 0) continue;
        publisher.client.publish(Path.from(`live/${i}`), producer);
        expect(await seen.next()).toEqual({ path: String(i), active: true });
      }
      for (const [i, source] of sources.entries()) {
        source.close();
        expect(await seen.next()).toEqual({ path: String(i), active: false });
      }
    },
  );

  it('announces more than fits into one write, and ends the oldest offers that nobody reads', async () => {
    const origin = new Origin();
    const publisher = await join(origin);
    const paths = Array.from({ length: 300 }, (_, i) => Path.from(`${'long-name-'.repeat(10)}${i}`));
    for (const path of paths) publisher.client.publish(path, new Broadcast.Producer());
    await waitFor('published', () => origin.list().length === paths.length);
    const { client } = await join(origin);
    const seen = client.announced();
    const announced = new Set<string>();
    while (announced.size < paths.length) announced.add((await seen.next())?.path ?? '');
    expect(announced).toEqual(new Set(paths));
  });

  it('refuses announcement requests above the limits of the session and of its client', async () => {
    const limits = { ...ANNOUNCEMENT_LIMITS, requestsPerSession: 3, requestsPerClient: 5 };
    const origin = new Origin({ limits });
    const [one, two] = [
      await join(origin, ALL_GRANTS, { client: 'a' }),
      await join(origin, ALL_GRANTS, { client: 'a' }),
    ];
    const other = await join(origin, ALL_GRANTS, { client: 'b' });
    const request = async ({ client }: AttachedClient) => {
      const announcements = client.announced();
      const refused = announcements.next().then(
        () => true,
        () => true,
      );
      return { announcements, isRefused: (await Promise.race([refused, sleep(150)])) === true };
    };
    const results = [];
    for (const session of [one, one, one, one, two, two, two, other]) results.push(await request(session));
    expect(results.map(({ isRefused }) => isRefused)).toEqual([
      ...[false, false, false, true],
      ...[false, false, true],
      false,
    ]);
    results[0]?.announcements.close(new Error('done'));
    await sleep(50);
    expect((await request(two)).isRefused).toBe(false);
  });

  it('disconnects a client whose sessions together announce too much, but not other clients', async () => {
    const origin = new Origin({ limits: { ...ANNOUNCEMENT_LIMITS, broadcastsPerClient: 5, broadcasts: 8 } });
    const publish = (attached: AttachedClient, name: string, count: number) => {
      for (let i = 0; i < count; i += 1) {
        attached.client.publish(Path.from(`${name}${i}`), new Broadcast.Producer());
      }
    };
    const first = await join(origin, ALL_GRANTS, { client: 'a' });
    const second = await join(origin, ALL_GRANTS, { client: 'a' });
    const other = await join(origin, ALL_GRANTS, { client: 'b' });
    publish(first, 'first', 4);
    await waitFor('published', () => origin.list().length === 4);
    publish(other, 'other', 2);
    await waitFor('published', () => origin.list().length === 6);
    publish(second, 'second', 2);
    await waitFor('closed', () => second.session.scope.closed);
    expect([first, other].every(({ session }) => !session.scope.closed)).toBe(true);
    await waitFor('released', () => origin.list().length === 6);
    publish(other, 'more', 3);
    await waitFor('the limit for all clients', () => other.session.scope.closed);
    await waitFor('released', () => origin.list().length === 4);
  });

  it('announces the end of a broadcast before another broadcast takes over its path', async () => {
    const origin = new Origin();
    const first = await join(origin, ALL_GRANTS, { publisher: ['same'] });
    const second = await join(origin, ALL_GRANTS, { publisher: ['same'] });
    const watcher = await join(origin);
    const seen = watcher.client.announced(HELLO);
    first.client.publish(HELLO, numbers().producer);
    expect(await seen.next()).toMatchObject({ active: true });
    second.client.publish(HELLO, numbers().producer);
    expect(await seen.next()).toMatchObject({ active: false });
    expect(await seen.next()).toMatchObject({ active: true });
    await readNumbers(watcher.client.consume(HELLO).subscribe('video'), 3);
    await second.session.close();
    expect(await seen.next()).toMatchObject({ active: false });
    expect(await seen.next()).toMatchObject({ active: true });
    await readNumbers(watcher.client.consume(HELLO).subscribe('video'), 3);
  });

  it('forwards between a moq-lite 03 peer and a moq-lite 05 peer in both directions', async () => {
    const origin = new Origin();
    const old = await join(origin, ALL_GRANTS, { protocol: 'moq-lite-03' });
    old.client.publish(HELLO, numbers().producer);
    await waitFor('published', () => origin.get(HELLO));
    const reader = await join(origin);
    await readNumbers(reader.client.consume(HELLO).subscribe('video'), 3);
    reader.client.publish(Path.from('live/new'), numbers().producer);
    await waitFor('published', () => origin.get(Path.from('live/new')));
    await readNumbers(old.client.consume(Path.from('live/new')).subscribe('video'), 3);
  });

  it('unpublishes everything when the transport closes, without an unhandled rejection', async () => {
    const origin = new Origin();
    const { client, clientTransport, session } = await join(origin);
    client.publish(HELLO, numbers().producer);
    await waitFor('published', () => origin.get(HELLO));
    clientTransport.close({ closeCode: 0, reason: 'gone' });
    await waitFor('unpublished', () => !origin.get(HELLO));
    expect(session.scope.closed).toBe(true);
  });

  it('disconnects a peer that announces too many broadcasts', async () => {
    const origin = new Origin();
    const { client, session } = await join(origin, { ...ALL_GRANTS, publish: [mount('live', 'live')] });
    for (let i = 0; i <= MAX_ANNOUNCED + 10; i += 1) {
      client.publish(Path.from(`live/${i}`), new Broadcast.Producer());
    }
    await waitFor('closed', () => session.scope.closed, 10_000);
    expect(origin.list()).toHaveLength(0);
  });

  it('stops counting broadcasts of a revoked grant', async () => {
    const origin = new Origin();
    const newGrants = () => ({ ...ALL_GRANTS, publish: [mount('live', 'live')] });
    const { client, session } = await join(origin, newGrants());
    const count = Math.floor(MAX_ANNOUNCED * 0.6);
    for (let i = 0; i < count; i += 1) client.publish(Path.from(`live/${i}`), new Broadcast.Producer());
    await waitFor('all', () => origin.list().length === count, 10_000);
    session.regrant({ ...ALL_GRANTS, publish: [] });
    expect(origin.list()).toHaveLength(0);
    session.regrant(newGrants());
    await waitFor('all again', () => origin.list().length === count, 10_000);
    expect(session.scope.closed).toBe(false);
  }, 25_000);

  it('answers a request only after the requested path was published', async () => {
    const origin = new Origin();
    const source = numbers();
    const requested: string[] = [];
    const publishLater = async (path: Path.Valid) => {
      requested.push(path);
      if (path !== 'later') return;
      await sleep(50);
      if (!origin.get(path)) {
        origin.publish(path, source.producer.consume(), { by: source, hasTrackInfo: true });
      }
    };
    const { client } = await join(origin, ALL_GRANTS, { onPathRequest: publishLater });
    await readNumbers(client.consume(Path.from('later')).subscribe('video'), 3);
    expect(requested).toContain('later');
  });

  it('aborts the signal of a request when the request ends', async () => {
    const origin = new Origin();
    const signals: AbortSignal[] = [];
    const { client } = await join(origin, ALL_GRANTS, {
      onPathRequest: (_path, ended) => void signals.push(ended),
    });
    const announcements = client.announced(Path.from('some/path'));
    await waitFor('requested', () => signals.length > 0);
    expect(signals.every((signal) => !signal.aborted)).toBe(true);
    announcements.close(new Error('done'));
    await waitFor('request ended', () => signals.every((signal) => signal.aborted));
  });

  it('limits the memory for a reader that does not read, and delivers everything to the others', async () => {
    const origin = new Origin();
    const publisher = await join(origin);
    const bytes = 40_000;
    const source = numbers({ everyMs: 10, bytes, retentionMs: 250 });
    publisher.client.publish(HELLO, source.producer);
    await waitFor('published', () => origin.get(HELLO));
    const slow = await join(origin);
    const fast = await join(origin);
    const heldBefore = held();
    // The slow reader receives one group, but reads neither its frames nor any other group.
    await slow.client.consume(HELLO).subscribe('video').recvGroup();
    const count = 500;
    const read = await readNumbers(fast.client.consume(HELLO).subscribe('video'), count);
    expect(read.at(-1)).toBeGreaterThanOrEqual(count - 1);
    // 20 MB were sent to two readers. Without a limit, the publisher, the Origin and the readers would keep
    // 80 MB in this process. With the limit, each keeps 250 ms (the track's retention) and the data in
    // flight.
    await waitFor('a bounded amount', () => held() - heldBefore < count * bytes);
  }, 30_000);
});

/** Number of bytes in array buffers that are still referenced. */
function held(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

describe('timestamps', () => {
  it('are preserved across the Origin', async () => {
    const origin = new Origin();
    const { client } = await join(origin);
    const producer = new Broadcast.Producer();
    own(producer);
    const track = producer.createTrack('video', { timescale: Time.Timescale.MICRO });
    client.publish(HELLO, producer);
    await waitFor('published', () => origin.get(HELLO));
    const reader = await join(origin);
    const subscriber = reader.client.consume(HELLO).subscribe('video');
    const group = track.appendGroup();
    group.writeFrame({
      payload: new Uint8Array([1]),
      timestamp: new Time.Timestamp(123_456, Time.Timescale.MICRO),
    });
    group.close();
    const frame = await (await subscriber.recvGroup())?.readFrame();
    expect(frame?.timestamp.as(Time.Timescale.MICRO)).toBe(123_456);
  });
});
