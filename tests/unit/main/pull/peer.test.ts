import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PeerAddr } from '../../../../common/ticket/ticket.ts';
import { NO_GRANTS } from '../../../../main/origin/grants.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { Session } from '../../../../main/origin/session.ts';
import { Peer, type PeerHandle } from '../../../../main/pull/peer.ts';
import { transportPair } from '../../../support/sessions.ts';
import { sleep } from '../../../support/wait.ts';

const ID = 'f'.repeat(64);
const at = (...ports: number[]): PeerAddr => ({
  endpointId: ID,
  relayUrls: ports.map((port) => `https://relay-${port}.example/`),
  ipAddrs: ports.map((port) => `127.0.0.1:${port}`),
});

/** Collects the failures that a handle reports. */
function failuresOf({ state }: PeerHandle): string[] {
  const failures: string[] = [];
  state.subscribe((next) => {
    if (next.kind === 'failed') failures.push(next.failure);
  });
  return failures;
}

let peer: Peer | undefined;
afterEach(() => peer?.close());

/** Creates a peer with dial attempts that the test records and completes. */
function start(answer: (to: PeerAddr, signal: AbortSignal) => Promise<never>, firstMs = 5) {
  const dialled: PeerAddr[] = [];
  let idle = 0;
  const created = new Peer(ID, {
    origin: new Origin(),
    dial: (to, signal) => {
      dialled.push(to);
      return answer(to, signal);
    },
    failureOf: () => 'offline',
    backoff: { firstMs, factor: 1, maxMs: firstMs },
  });
  created.signal.addEventListener('abort', () => {
    idle += 1;
  });
  peer = created;
  return { peer: created, dialled, idle: () => idle };
}

const refuse = () => Promise.reject(new Error('nobody'));
const ignore = (_: PeerAddr, signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );

describe('dialing a peer', () => {
  it('neither mixes the addresses of two tickets nor lets one ticket delay another', async () => {
    const { peer, dialled } = start(ignore);
    // An earlier client pulls the maximum number of tickets, with addresses that do not respond.
    for (let port = 100; port < 116; port += 1) peer.connect(at(port));
    await sleep(20);
    peer.connect(at(1, 2));
    await sleep(20);
    expect(dialled).toHaveLength(17);
    expect(dialled.at(-1)).toEqual(at(1, 2));
  });

  it('dials the addresses of a new ticket at once after the addresses of another ticket failed', async () => {
    const { peer, dialled } = start(refuse, 60_000);
    const stranger = failuresOf(peer.connect(at(9)));
    await expect.poll(() => stranger.length).toBe(1);
    const ours = failuresOf(peer.connect(at(1)));
    await expect.poll(() => ours.length).toBe(1);
    expect(dialled.map(({ ipAddrs }) => ipAddrs)).toEqual([['127.0.0.1:9'], ['127.0.0.1:1']]);
    expect(stranger).toHaveLength(1);
  });

  it('makes a single attempt for all tickets with the same addresses', async () => {
    const { peer, dialled } = start(ignore);
    for (let i = 0; i < 5; i += 1) peer.connect(at(1));
    await sleep(20);
    expect(dialled).toHaveLength(1);
  });

  it('limits the addresses per ticket and the concurrent attempts, and dials new tickets first', async () => {
    const { peer, dialled } = start(ignore);
    peer.connect(at(...Array.from({ length: 200 }, (_, i) => i + 1)));
    await expect.poll(() => dialled.length).toBe(1);
    expect([dialled[0]?.ipAddrs.length, dialled[0]?.relayUrls.length]).toEqual([8, 2]);
    const handles = Array.from({ length: 99 }, (_, i) => peer.connect(at(1000 + i)));
    await sleep(20);
    expect(dialled).toHaveLength(32);
    handles[0]?.release();
    await expect.poll(() => dialled.length).toBe(33);
    expect(dialled.at(-1)?.ipAddrs).toEqual(['127.0.0.1:1098']);
  });

  it('stops dialing the addresses of a released handle, and closes after the last release', async () => {
    const { peer, dialled, idle } = start(refuse);
    const first = peer.connect(at(1));
    const second = peer.connect(at(2));
    await expect.poll(() => dialled.length).toBeGreaterThan(3);
    first.release();
    const from = dialled.length;
    await expect.poll(() => dialled.length).toBeGreaterThan(from + 3);
    expect(dialled.slice(from).every(({ ipAddrs }) => ipAddrs[0] === '127.0.0.1:2')).toBe(true);
    expect(idle()).toBe(0);
    second.release();
    second.release();
    expect(idle()).toBe(1);
    const last = dialled.length;
    await sleep(50);
    expect(dialled).toHaveLength(last);
  });

  it('remembers the addresses of the last session for tickets that do not contain them', async () => {
    const dialled: PeerAddr[] = [];
    const friends: Session[] = [];
    const created = new Peer(ID, {
      origin: new Origin(),
      dial: async (to) => {
        dialled.push(to);
        if (!to.ipAddrs.includes('127.0.0.1:1')) throw new Error('nobody');
        const [client, server] = transportPair();
        const friend = { origin: new Origin(), grants: NO_GRANTS, label: 'friend' };
        void Session.accept(server, friend).then((session) => friends.push(session));
        // The fake network paths contain only the fields that `Peer` reads.
        const paths = () => [{ isRelay: false, remoteAddr: '127.0.0.1:1' }];
        return Object.assign(client, { paths, totals: () => ({}), remoteId: ID, owner: {} });
      },
      failureOf: () => 'offline',
      backoff: { firstMs: 5, factor: 1, maxMs: 5 },
    });
    peer = created;
    const ours = created.connect(at(1));
    await expect.poll(() => friends.length).toBe(1);
    created.connect(at(9));
    ours.release();
    await friends[0]?.close('gone');
    await expect.poll(() => friends.length).toBe(2);
    expect(dialled.at(-1)?.ipAddrs).toEqual(['127.0.0.1:1', '127.0.0.1:9']);
    await friends[1]?.close('done');
  });

  it('reports a peer as lost, not as busy, if it refuses a connection just after it was connected', async () => {
    const friends: Session[] = [];
    const created = new Peer(ID, {
      origin: new Origin(),
      dial: async () => {
        if (friends.length > 0) throw new Error('refused');
        const [client, server] = transportPair();
        const friend = { origin: new Origin(), grants: NO_GRANTS, label: 'friend' };
        void Session.accept(server, friend).then((session) => friends.push(session));
        return client;
      },
      failureOf: () => 'refused',
      backoff: { firstMs: 5, factor: 1, maxMs: 5 },
    });
    peer = created;
    const failures = failuresOf(created.connect(at(1)));
    await expect.poll(() => friends.length).toBe(1);
    // Wait for longer than the 5 s after which a session counts as settled.
    await sleep(5_200);
    await friends[0]?.close('done');
    await expect.poll(() => failures.length).toBeGreaterThan(2);
    expect(new Set(failures)).toEqual(new Set(['lost']));
  }, 15_000);

  it('reports a ticket as connected if another one succeeds just after its own attempt failed', async () => {
    const connect = Session.connect;
    // The number of microtasks between a failed attempt and its report is an implementation detail, so try
    // several, with the failure before and after the success.
    const orders = [0, 1, 2, 3, 4, 5].flatMap((steps) => [
      { steps, failFirst: true },
      { steps, failFirst: false },
    ]);
    for (const { steps, failFirst } of orders) {
      const failed = Promise.withResolvers<never>();
      const connected = Promise.withResolvers<void>();
      let opened = false;
      const spy = vi.spyOn(Session, 'connect').mockImplementation(async (...args) => {
        const session = await connect.apply(Session, args);
        opened = true;
        await connected.promise;
        return session;
      });
      const friends: Session[] = [];
      const created = new Peer(ID, {
        origin: new Origin(),
        dial: async (to) => {
          if (!to.ipAddrs.includes('127.0.0.1:1')) return failed.promise;
          const [client, server] = transportPair();
          const friend = { origin: new Origin(), grants: NO_GRANTS, label: 'friend' };
          void Session.accept(server, friend).then((session) => friends.push(session));
          return client;
        },
        failureOf: () => 'offline',
        backoff: { firstMs: 60_000, factor: 1, maxMs: 60_000 },
      });
      const stranger = created.connect(at(9));
      const ours = created.connect(at(1));
      await expect.poll(() => opened && friends.length).toBe(1);
      if (failFirst) failed.reject(new Error('nobody'));
      else connected.resolve();
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      failed.reject(new Error('nobody'));
      connected.resolve();
      await expect.poll(() => ours.state.get().kind).toBe('connected');
      await sleep(1);
      const { kind } = stranger.state.get();
      await friends[0]?.close('done');
      await created.close();
      spy.mockRestore();
      expect({ steps, failFirst, kind }).toEqual({ steps, failFirst, kind: 'connected' });
    }
  });

  it('connects all tickets of the peer when one of them succeeds, even those that are waiting to retry', async () => {
    const friends: Session[] = [];
    const created = new Peer(ID, {
      origin: new Origin(),
      dial: async (to) => {
        if (!to.ipAddrs.includes('127.0.0.1:1')) throw new Error('nobody');
        const [client, server] = transportPair();
        const friend = { origin: new Origin(), grants: NO_GRANTS, label: 'friend' };
        void Session.accept(server, friend).then((session) => friends.push(session));
        return client;
      },
      failureOf: () => 'offline',
      backoff: { firstMs: 60_000, factor: 1, maxMs: 60_000 },
    });
    peer = created;
    const stranger = created.connect(at(9));
    await expect.poll(() => stranger.state.get().kind).toBe('failed');
    const ours = created.connect(at(1));
    await expect.poll(() => ours.state.get().kind).toBe('connected');
    expect(stranger.state.get()).toEqual(ours.state.get());
    await friends[0]?.close('done');
    await expect.poll(() => stranger.state.get().kind).toBe('failed');
  });
});
