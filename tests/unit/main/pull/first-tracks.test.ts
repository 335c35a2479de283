import { Broadcast, Path, Time, type Track } from 'moq-net';
import { describe, expect, it, test } from 'vitest';
import { withMembers } from '../../../../main/base/with-members.ts';
import { viewerGrants } from '../../../../main/origin/grants.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { Session, type Transport } from '../../../../main/origin/session.ts';
import { FirstTracks, firstTracksOf } from '../../../../main/pull/first-tracks.ts';
import { FirstTracksKeeper } from '../../../../main/pull/first-tracks-keeper.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { transportPair } from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

const own = closeAfterEach();
const HELLO = Path.from('hello');

const CATALOG = {
  video: {
    renditions: {
      'video/h264-720p': { codedWidth: 1280, codedHeight: 720 },
      'video/h264-360p': { codedWidth: 640, codedHeight: 360 },
    },
  },
  audio: { renditions: { 'audio/opus': {} } },
};

/** A publisher with a catalog, whose tracks end their requests with an error if the catalog does not list them. */
class Publisher {
  readonly origin = new Origin();
  readonly broadcast = own(new Broadcast.Producer());
  /** The names of all requested tracks, in order. */
  readonly requested: string[] = [];
  readonly tracks = new Map<string, Track.Producer>();

  constructor(publish = true) {
    void this.#serve();
    if (publish) this.publish();
  }

  publish(): void {
    const source = this.broadcast.consume();
    this.origin.publish(Path.from('live/hello'), source, { by: this, hasTrackInfo: true });
  }

  /** The names of the tracks that are currently subscribed. */
  get open(): string[] {
    return [...this.tracks.values()].flatMap(({ name, used }) => (used.peek() ? [name] : [])).sort();
  }

  /** Returns a client session with this publisher. Until `gate` resolves, the client gets no replies. */
  async connect(protocol = 'moq-lite-05', gate: Promise<void> = Promise.resolve()): Promise<Session> {
    const [client, server] = transportPair(protocol);
    const options = { origin: this.origin, grants: viewerGrants('live'), label: 'viewer' };
    own(await Session.accept(server, options));
    const origin = new Origin();
    const grants = { read: [], publish: [], pull: false };
    return own(await Session.connect(gated(client, gate), { origin, grants, label: 'publisher' }));
  }

  async #serve(): Promise<void> {
    for (
      let request = await this.broadcast.requested();
      request;
      request = await this.broadcast.requested()
    ) {
      const { name } = request;
      this.requested.push(name);
      const payload = new TextEncoder().encode(name === 'catalog.json' ? JSON.stringify(CATALOG) : name);
      const isListed = name in CATALOG.video.renditions || name in CATALOG.audio.renditions;
      if (name !== 'catalog.json' && !isListed) {
        request.reject(new Error('not found'));
        continue;
      }
      const track = request.accept({});
      this.tracks.set(name, track);
      const group = track.appendGroup();
      group.writeFrame({ payload, timestamp: Time.Timestamp.now() });
      group.close();
    }
  }
}

function gated(transport: Transport, gate: Promise<void>): Transport {
  return withMembers(transport, {
    createBidirectionalStream: async (options?: WebTransportSendStreamOptions) => {
      const { readable, writable } = await transport.createBidirectionalStream(options);
      const wait = new TransformStream<Uint8Array, Uint8Array>({
        transform: async (chunk, controller) => {
          await gate;
          controller.enqueue(chunk);
        },
      });
      return { writable, readable: readable.pipeThrough(wait) };
    },
  });
}

describe('the first tracks in a catalog', () => {
  const of = (json: unknown) => firstTracksOf(new TextEncoder().encode(JSON.stringify(json)));

  test('are the smallest video and the audio', () => {
    expect(of(CATALOG)).toEqual(['video/h264-360p', 'audio/opus']);
    expect(of({ ...CATALOG, audio: { renditions: {} } })).toEqual(['video/h264-360p']);
    expect(of({ video: { renditions: { only: {} } } })).toEqual(['only']);
    expect(of({})).toEqual([]);
  });

  test('are unknown if the catalog has another format', () => {
    expect(of([1])).toBeUndefined();
    expect(of({ video: { renditions: 3 } })).toBeUndefined();
    expect(firstTracksOf(Uint8Array.of(1, 2, 3))).toBeUndefined();
  });
});

describe('the first tracks of a broadcast', () => {
  for (const protocol of ['moq-lite-03', 'moq-lite-05']) {
    it(`are requested together, before any reply arrives (${protocol})`, async () => {
      const publisher = new Publisher();
      const { promise: gate, resolve: open } = Promise.withResolvers<void>();
      const session = await publisher.connect(protocol, gate);
      const tracks = own(new FirstTracks(session.established.consume(HELLO)));
      await waitFor('three tracks', () => new Set(publisher.requested).size === 3);
      expect([...new Set(publisher.requested)].sort()).toEqual([
        'audio/opus',
        'catalog.json',
        'video/h264-180p',
      ]);
      open();
      // The peer has no 180p, so the catalog's smallest video replaces it.
      await waitFor('the tracks', () => publisher.open.length === 3);
      expect(publisher.open).toEqual(['audio/opus', 'catalog.json', 'video/h264-360p']);
      expect(tracks.ended).toBe(false);
    });
  }

  it('are those that were read before, if the connection was lost', async () => {
    const publisher = new Publisher();
    const session = await publisher.connect();
    own(new FirstTracks(session.established.consume(HELLO), ['video/h264-720p']));
    await waitFor('the tracks', () => publisher.open.length === 2);
    await sleep(100);
    expect(publisher.open).toEqual(['catalog.json', 'video/h264-720p']);
  });

  it('give their newest group to a reader without another request', async () => {
    const publisher = new Publisher();
    const session = await publisher.connect();
    own(new FirstTracks(session.established.consume(HELLO)));
    await waitFor('the tracks', () => publisher.open.length === 3);
    await sleep(100);
    const requested = [...publisher.requested];
    const broadcast = own(session.established.consume(HELLO));
    const frame = await broadcast.subscribe('video/h264-360p').readFrame();
    expect(Buffer.from(frame?.payload ?? []).toString()).toBe('video/h264-360p');
    expect(publisher.requested).toEqual(requested);
  });

  it('have ended if the peer does not have the broadcast, and can be read again once it does', async () => {
    const publisher = new Publisher(false);
    const session = await publisher.connect();
    const tracks = own(new FirstTracks(session.established.consume(HELLO)));
    await waitFor('refused', () => tracks.ended);
    publisher.publish();
    own(new FirstTracks(session.established.consume(HELLO)));
    await waitFor('the tracks', () => publisher.open.length === 3);
  });

  it('end when they are closed', async () => {
    const publisher = new Publisher();
    const session = await publisher.connect();
    const tracks = new FirstTracks(session.established.consume(HELLO));
    await waitFor('the tracks', () => publisher.open.length === 3);
    tracks.close();
    await waitFor('closed', () => publisher.open.length === 0);
    expect(tracks.ended).toBe(true);
  });
});

describe('the time for which the first tracks are kept', () => {
  /** Long enough for the tracks to be subscribed on a busy machine. */
  const WAIT_MS = 1_500;

  async function started(keep: boolean, waitMs = WAIT_MS) {
    const publisher = new Publisher();
    const session = await publisher.connect();
    const keeper = new FirstTracksKeeper({ keep, waitMs });
    own({ close: () => keeper.end() });
    keeper.start(session, HELLO);
    await waitFor('the tracks', () => publisher.open.length === 3);
    return { publisher, session, keeper };
  }

  it('ends after a while, with or without readers', async () => {
    const { publisher, keeper } = await started(false);
    keeper.setReaders(1);
    await waitFor('closed', () => publisher.open.length === 0);
    expect(keeper.ended).toBe(true);
  });

  it('lasts on a relay until the last reader has left, and begins again with the next one', async () => {
    const { publisher, keeper } = await started(true);
    keeper.setReaders(1);
    await sleep(2 * WAIT_MS);
    expect(publisher.open).toHaveLength(3);
    keeper.setReaders(0);
    await waitFor('closed', () => publisher.open.length === 0);
    keeper.setReaders(2);
    await waitFor('the tracks again', () => publisher.open.length === 3);
  });

  it('is limited to 16 broadcasts of one session', async () => {
    const { publisher, session, keeper } = await started(true, 60_000);
    const more = Array.from({ length: 16 }, () => new FirstTracksKeeper({ keep: true, waitMs: 60_000 }));
    for (const each of more) {
      own({ close: () => each.end() });
      each.start(session, HELLO);
    }
    expect(more.filter(({ ended }) => ended)).toHaveLength(1);
    for (const each of [keeper, ...more]) each.end();
    await waitFor('closed', () => publisher.open.length === 0);
    keeper.start(session, HELLO);
    expect(keeper.ended).toBe(false);
  });
});
