import { afterEach, describe, expect, it } from 'vitest';
import type { PeerAddr } from '../../../../common/ticket/ticket.ts';
import { NO_GRANTS } from '../../../../main/origin/grants.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { Session } from '../../../../main/origin/session.ts';
import { Peer, type PeerListener } from '../../../../main/pull/peer.ts';
import { transportPair } from '../../../support/sessions.ts';
import { sleep } from '../../../support/wait.ts';

const ID = 'f'.repeat(64);
const at = (...ports: number[]): PeerAddr => ({
  endpointId: ID,
  relayUrls: ports.map((port) => `https://relay-${port}.example/`),
  ipAddrs: ports.map((port) => `127.0.0.1:${port}`),
});

/** Hears of failures alone. */
function listening(): PeerListener & { failures: number } {
  const heard = {
    failures: 0,
    onConnecting: () => undefined,
    onConnected: () => undefined,
    onFailed: () => {
      heard.failures += 1;
    },
  };
  return heard;
}

let peer: Peer | undefined;
afterEach(() => peer?.close());

/** A peer whose calls are seen, and answered as the test says. */
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
    onIdle: () => {
      idle += 1;
    },
  });
  peer = created;
  return { peer: created, dialled, idle: () => idle };
}

const nobody = () => Promise.reject(new Error('nobody'));
const silence = (_: PeerAddr, signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );

describe('where a peer is called', () => {
  it('what another ticket says is neither mixed with it nor waited for', async () => {
    const { peer, dialled } = start(silence);
    const ours = listening();
    // Somebody was here first with addresses that do not answer, as many as one client may have.
    for (let port = 100; port < 116; port += 1) peer.join(listening(), at(port));
    await sleep(20);
    peer.join(ours, at(1, 2));
    await sleep(20);
    expect(dialled).toHaveLength(17);
    expect(dialled.at(-1)).toEqual(at(1, 2));
  });

  it('one that failed elsewhere is called at once where the next ticket says', async () => {
    const { peer, dialled } = start(nobody, 60_000);
    const stranger = listening();
    peer.join(stranger, at(9));
    await expect.poll(() => stranger.failures).toBe(1);
    const ours = listening();
    peer.join(ours, at(1));
    await expect.poll(() => ours.failures).toBe(1);
    expect(dialled.map(({ ipAddrs }) => ipAddrs)).toEqual([['127.0.0.1:9'], ['127.0.0.1:1']]);
    expect(stranger.failures).toBe(1);
  });

  it('tickets that say the same are one call', async () => {
    const { peer, dialled } = start(silence);
    for (let i = 0; i < 5; i += 1) peer.join(listening(), at(1));
    await sleep(20);
    expect(dialled).toHaveLength(1);
  });

  it('takes so many addresses of a ticket, and of tickets so many at once, the newest first', async () => {
    const { peer, dialled } = start(silence);
    peer.join(listening(), at(...Array.from({ length: 200 }, (_, i) => i + 1)));
    await expect.poll(() => dialled.length).toBe(1);
    expect([dialled[0]?.ipAddrs.length, dialled[0]?.relayUrls.length]).toEqual([16, 2]);
    const leave = Array.from({ length: 99 }, (_, i) => peer.join(listening(), at(1000 + i)).leave);
    await sleep(20);
    expect(dialled).toHaveLength(32);
    leave[0]?.();
    await expect.poll(() => dialled.length).toBe(33);
    expect(dialled.at(-1)?.ipAddrs).toEqual(['127.0.0.1:1098']);
  });

  it('is not called where nobody looks any more, and not at all when all have left', async () => {
    const { peer, dialled, idle } = start(nobody);
    const first = peer.join(listening(), at(1));
    const second = peer.join(listening(), at(2));
    await expect.poll(() => dialled.length).toBeGreaterThan(3);
    first.leave();
    const from = dialled.length;
    await expect.poll(() => dialled.length).toBeGreaterThan(from + 3);
    expect(dialled.slice(from).every(({ ipAddrs }) => ipAddrs[0] === '127.0.0.1:2')).toBe(true);
    expect(idle()).toBe(0);
    second.leave();
    second.leave();
    expect(idle()).toBe(1);
    const last = dialled.length;
    await sleep(50);
    expect(dialled).toHaveLength(last);
  });

  it('remembers where it was reached, for tickets that do not say so', async () => {
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
        // What an iroh connection tells of its paths, as far as it is looked at.
        const paths = () => [{ isRelay: false, remoteAddr: '127.0.0.1:1' }];
        return Object.assign(client, { paths, totals: () => ({}), remoteId: ID, owner: {} });
      },
      failureOf: () => 'offline',
      backoff: { firstMs: 5, factor: 1, maxMs: 5 },
      onIdle: () => undefined,
    });
    peer = created;
    const ours = created.join(listening(), at(1));
    await expect.poll(() => friends.length).toBe(1);
    created.join(listening(), at(9));
    ours.leave();
    await friends[0]?.close('gone');
    await expect.poll(() => friends.length).toBe(2);
    expect(dialled.at(-1)?.ipAddrs).toEqual(['127.0.0.1:1', '127.0.0.1:9']);
    await friends[1]?.close('done');
  });

  it('who ends and refuses meanwhile is lost, and not busy', async () => {
    const friends: Session[] = [];
    const failures: string[] = [];
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
      onIdle: () => undefined,
    });
    peer = created;
    created.join({ ...listening(), onFailed: (failure) => void failures.push(failure) }, at(1));
    await expect.poll(() => friends.length).toBe(1);
    // A session that lasted.
    await sleep(5_200);
    await friends[0]?.close('done');
    await expect.poll(() => failures.length).toBeGreaterThan(2);
    expect(new Set(failures)).toEqual(new Set(['lost']));
  }, 15_000);
});
