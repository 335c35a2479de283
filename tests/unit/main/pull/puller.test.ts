import { Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { ReasonError } from '../../../../common/base/errors.ts';
import { formatTicket, type PeerAddr } from '../../../../common/ticket/ticket.ts';
import { viewerGrants, windowGrants } from '../../../../main/origin/grants.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { Session, type Transport } from '../../../../main/origin/session.ts';
import { Puller, type PullerOptions } from '../../../../main/pull/puller.ts';
import { closeAfterEach } from '../../../support/own.ts';
import {
  type AttachedClient,
  attachClient,
  NumberedBroadcast,
  readNumbers,
  transportPair,
} from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

const own = closeAfterEach();

const LOCAL_ID = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const FRIEND_ID = '8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394';

function ticket(broadcastName: string, endpointId = FRIEND_ID): string {
  return formatTicket({ endpointId, relayUrls: [], ipAddrs: ['192.0.2.1:1'], broadcastName });
}

/** Creates a friend's app: an Origin with broadcasts, and a dial function that connects to it. */
class Friend {
  readonly origin = new Origin();
  readonly sessions: Session[] = [];
  /** The names whose announcements were requested. */
  readonly requested: string[] = [];
  dials = 0;
  dialling = 0;
  maxConcurrent = 0;
  reachable = true;
  delayMs = 0;

  async dial(_address: PeerAddr, signal: AbortSignal): Promise<Transport> {
    this.dials += 1;
    this.dialling += 1;
    this.maxConcurrent = Math.max(this.maxConcurrent, this.dialling);
    await sleep(this.delayMs);
    this.dialling -= 1;
    if (signal.aborted) throw new Error('aborted');
    if (!this.reachable) throw new ReasonError('offline', 'nobody there');
    const [client, server] = transportPair();
    const options = {
      origin: this.origin,
      grants: viewerGrants('live', [], { listed: false }),
      label: 'viewer',
      onAnnounceInterest: (name: string) => void this.requested.push(name),
    };
    this.sessions.push(own(await Session.accept(server, options)));
    return client;
  }

  publish(name: string): NumberedBroadcast {
    const numbers = own(new NumberedBroadcast());
    this.origin.publish(Path.from(`live/${name}`), numbers.producer.consume(), {
      by: numbers,
      hasTrackInfo: true,
    });
    return numbers;
  }
}

interface Home {
  origin: Origin;
  puller: Puller;
  window: AttachedClient;
}

async function home(friend: Friend, options: Partial<PullerOptions> = {}): Promise<Home> {
  const origin = new Origin();
  const puller = own(
    new Puller({
      origin,
      localId: LOCAL_ID,
      livePrefix: 'live',
      dial: (address, signal) => friend.dial(address, signal),
      failureOf: () => 'offline',
      releaseMs: 150,
      backoff: { firstMs: 50, factor: 2, maxMs: 200 },
      ...options,
    }),
  );
  const window = await attachClient(origin, windowGrants('live'), {
    onPathRequest: (path, ended) => puller.want(path, ended),
  });
  own(window.client);
  own(window.session);
  return { origin, puller, window };
}

const stateOf = (puller: Puller, text: string) => puller.states.get().find((state) => state.ticket === text);

describe('pulling a ticket', () => {
  it('connects when a session reads the ticket, and serves the friend’s broadcast', async () => {
    const friend = new Friend();
    friend.publish('hello');
    const { window, puller } = await home(friend);
    const track = window.client.consume(Path.from(ticket('hello'))).subscribe('video');
    expect(await readNumbers(track, 5)).toHaveLength(5);
    expect(stateOf(puller, ticket('hello'))).toMatchObject({ state: 'live', failure: null });
  });

  it('starts when a session subscribes to announcements under the ticket’s path, and announces the broadcast', async () => {
    const friend = new Friend();
    friend.publish('hello');
    const { window } = await home(friend);
    const seen = window.client.announced(Path.from(ticket('hello')));
    expect(await seen.next()).toEqual({ path: '', active: true });
  });

  it('dials only once for many tickets of one peer', async () => {
    const friend = new Friend();
    friend.delayMs = 50;
    const names = Array.from({ length: 50 }, (_, i) => `show-${i}`);
    for (const name of names) friend.publish(name);
    const { window } = await home(friend);
    const all = names.map((name) => {
      const track = window.client.consume(Path.from(ticket(name))).subscribe('video');
      return readNumbers(track, 1);
    });
    expect(await Promise.all(all)).toHaveLength(50);
    expect(friend.dials).toBe(1);
    expect(friend.maxConcurrent).toBe(1);
  });

  it('subscribes to the friend’s track once for two local readers', async () => {
    const friend = new Friend();
    const source = friend.publish('hello');
    const { window, origin, puller } = await home(friend);
    const other = await attachClient(origin, windowGrants('live'), {
      onPathRequest: (path, ended) => puller.want(path, ended),
    });
    own(other.client);
    own(other.session);
    const path = Path.from(ticket('hello'));
    await Promise.all(
      [window, other].map(({ client }) => readNumbers(client.consume(path).subscribe('video'), 10)),
    );
    expect(source.tracks.filter(({ name, used }) => name === 'video' && used.peek())).toHaveLength(1);
    expect(friend.dials).toBe(1);
  });

  it('closes the connection a while after the last reader has left, but not earlier', async () => {
    const friend = new Friend();
    friend.publish('hello');
    const { window, puller } = await home(friend);
    const seen = window.client.announced(Path.from(ticket('hello')));
    await seen.next();
    seen.close(new Error('done'));
    await sleep(80);
    expect(puller.peerCount).toBe(1);
    await waitFor('released', () => puller.peerCount === 0 && puller.states.get().length === 0);
    await waitFor('hung up', () => friend.sessions.every((session) => session.scope.closed));
  });

  it('releases all its resources on a connection that other tickets keep open', async () => {
    const friend = new Friend();
    friend.publish('stays');
    const { window, puller } = await home(friend, { releaseMs: 1_500 });
    const stays = window.client.announced(Path.from(ticket('stays')));
    await stays.next();
    const { scope } = puller.sessionOf(ticket('stays')) ?? {};
    if (!scope) throw new Error('no session');
    let owned = 0;
    const own = scope.own.bind(scope);
    scope.own = (teardown) => {
      owned += 1;
      const forget = own(teardown);
      return () => {
        owned -= 1;
        forget();
      };
    };
    for (const name of ['one', 'two', 'three']) {
      friend.publish(name);
      const seen = window.client.announced(Path.from(ticket(name)));
      await seen.next();
      seen.close(new Error('done'));
    }
    expect(owned).toBe(3);
    await waitFor('released', () => puller.states.get().length === 1);
    expect(owned).toBe(0);
  });

  it('keeps the connection for a reader that returns in time', async () => {
    const friend = new Friend();
    friend.publish('hello');
    const { window } = await home(friend, { releaseMs: 5_000 });
    for (let i = 0; i < 4; i += 1) {
      const seen = window.client.announced(Path.from(ticket('hello')));
      expect(await seen.next()).toEqual({ path: '', active: true });
      seen.close(new Error('done'));
      await sleep(60);
    }
    expect(friend.dials).toBe(1);
  });

  it('reports that the friend is offline, retries after pauses, and recovers', async () => {
    const friend = new Friend();
    friend.reachable = false;
    friend.publish('hello');
    const { window, puller } = await home(friend);
    const seen = window.client.announced(Path.from(ticket('hello')));
    const failed = await waitFor('failed', () => {
      const state = stateOf(puller, ticket('hello'));
      return state?.state === 'failed' && state;
    });
    expect(failed.failure).toBe('offline');
    expect(failed.retryAtMs).toBeGreaterThan(Date.now() - 1_000);
    // The failure remains visible during later attempts, so that the message does not flicker.
    const shown = new Set<string>();
    const unsubscribe = puller.states.subscribe((states) => {
      for (const { state } of states) shown.add(state);
    });
    await sleep(500);
    unsubscribe();
    expect([...shown]).toEqual(['failed']);
    expect(friend.dials).toBeGreaterThan(1);
    expect(friend.dials).toBeLessThan(8);
    friend.reachable = true;
    expect(await seen.next()).toEqual({ path: '', active: true });
    expect(stateOf(puller, ticket('hello'))?.state).toBe('live');
  });

  it('waits for a friend who is not live yet, and reports the end and the next start', async () => {
    const friend = new Friend();
    const { window, puller } = await home(friend);
    const seen = window.client.announced(Path.from(ticket('hello')));
    await waitFor('waiting', () => stateOf(puller, ticket('hello'))?.state === 'waiting');
    const first = friend.publish('hello');
    expect(await seen.next()).toEqual({ path: '', active: true });
    first.close();
    expect(await seen.next()).toEqual({ path: '', active: false });
    await waitFor('ended', () => stateOf(puller, ticket('hello'))?.state === 'ended');
    friend.publish('hello');
    expect(await seen.next()).toEqual({ path: '', active: true });
    const track = window.client.consume(Path.from(ticket('hello'))).subscribe('video');
    expect(await readNumbers(track, 3)).toHaveLength(3);
  });

  it('reconnects when the connection is lost', async () => {
    const friend = new Friend();
    friend.publish('hello');
    const { window, puller } = await home(friend);
    const seen = window.client.announced(Path.from(ticket('hello')));
    expect(await seen.next()).toEqual({ path: '', active: true });
    await friend.sessions[0]?.close('crash', 3);
    expect(await seen.next()).toEqual({ path: '', active: false });
    expect(await seen.next()).toEqual({ path: '', active: true });
    expect(friend.dials).toBe(2);
    expect(stateOf(puller, ticket('hello'))?.state).toBe('live');
  });

  it('does not redial in a busy loop when the peer closes each session at once', async () => {
    const friend = new Friend();
    const dial = async (address: PeerAddr, signal: AbortSignal) => {
      const transport = await friend.dial(address, signal);
      void friend.sessions.at(-1)?.close('no', 1);
      return transport;
    };
    const { window } = await home(friend, { dial });
    window.client.announced(Path.from(ticket('hello')));
    await sleep(600);
    expect(friend.dials).toBeLessThan(8);
  });

  it('serves the user’s own ticket without dialing', async () => {
    const friend = new Friend();
    const { window, origin } = await home(friend);
    const mine = own(new NumberedBroadcast());
    origin.publish(Path.from('live/me'), mine.producer.consume(), { by: mine, hasTrackInfo: true });
    const track = window.client.consume(Path.from(ticket('me', LOCAL_ID))).subscribe('video');
    expect(await readNumbers(track, 3)).toHaveLength(3);
    expect(friend.dials).toBe(0);
  });

  it('does not pull for a session without the grant', async () => {
    const friend = new Friend();
    friend.publish('hello');
    const { origin, puller } = await home(friend);
    const stranger = await attachClient(origin, viewerGrants('live'), {
      onPathRequest: (path, ended) => puller.want(path, ended),
    });
    own(stranger.client);
    own(stranger.session);
    const track = stranger.client.consume(Path.from(ticket('hello'))).subscribe('video');
    await expect(track.recvGroup()).rejects.toThrow();
    expect(friend.dials).toBe(0);
  });

  it('rejects names that no broadcast can have, without dialing', async () => {
    const friend = new Friend();
    const { puller } = await home(friend);
    const text = ticket(`${'a/'.repeat(40)}b`);
    const ended = new AbortController();
    await puller.want(Path.from(text), ended.signal);
    expect(stateOf(puller, text)).toMatchObject({ state: 'failed', failure: 'invalid' });
    expect(friend.dials).toBe(0);
    ended.abort();
  });

  it('aborts a dial attempt when it is closed', async () => {
    const friend = new Friend();
    friend.delayMs = 100;
    const { puller } = await home(friend);
    const ended = new AbortController();
    const wanted = puller.want(Path.from(ticket('hello')), ended.signal);
    await puller.close();
    await wanted;
    await sleep(150);
    expect(friend.sessions).toHaveLength(0);
  });
});

describe('a ticket whose name was altered in transit', () => {
  it.each(['hello.', 'hello%2E', '“hello”', 'hello see you'])('plays as %j', async (name) => {
    const friend = new Friend();
    friend.publish('hello');
    const { window, puller } = await home(friend);
    const track = window.client.consume(Path.from(ticket(name))).subscribe('video');
    expect(await readNumbers(track, 5)).toHaveLength(5);
    expect(stateOf(puller, ticket(name))).toMatchObject({ state: 'live' });
    expect(stateOf(puller, ticket(name))?.liveName?.replace(/\.$/, '')).toBe('hello');
  });

  it('plays the broadcast with exactly its name if there is one', async () => {
    const friend = new Friend();
    friend.publish('hello');
    friend.publish('hello.');
    const { window, puller } = await home(friend);
    const track = window.client.consume(Path.from(ticket('hello.'))).subscribe('video');
    await readNumbers(track, 5);
    await sleep(2_000);
    expect(stateOf(puller, ticket('hello.'))).toEqual({
      ticket: ticket('hello.'),
      state: 'live',
      failure: null,
      retryAtMs: null,
    });
    expect(friend.requested).not.toContain('hello');
  });

  it('changes to the broadcast with exactly its name when that goes live', async () => {
    const friend = new Friend();
    const other = friend.publish('hello');
    const { window, puller } = await home(friend);
    const seen = window.client.announced(Path.from(ticket('hello.')));
    await seen.next();
    expect(stateOf(puller, ticket('hello.'))).toMatchObject({ state: 'live', liveName: 'hello' });
    friend.publish('hello.');
    await waitFor('the exact name', () => stateOf(puller, ticket('hello.'))?.liveName === undefined, 5_000);
    other.close();
    await sleep(100);
    expect(stateOf(puller, ticket('hello.'))).toMatchObject({ state: 'live' });
  });

  it('waits if the peer is live under no name that the ticket could have contained', async () => {
    const friend = new Friend();
    friend.publish('other');
    const { window, puller } = await home(friend);
    void window.client.announced(Path.from(ticket('hello.')));
    await sleep(2_500);
    expect(stateOf(puller, ticket('hello.'))).toMatchObject({ state: 'waiting' });
    friend.publish('hello');
    await waitFor('the broadcast', () => stateOf(puller, ticket('hello.'))?.state === 'live', 5_000);
  });
});
