import { afterEach, expect, it } from 'vitest';
import { Origin } from '../../../../main/origin/origin.ts';
import { Peer, type PeerAddress, type PeerListener } from '../../../../main/origin/peer.ts';

const quiet: PeerListener = {
  onConnecting: () => undefined,
  onConnected: () => undefined,
  onFailed: () => undefined,
};

let peer: Peer | undefined;

afterEach(() => peer?.close());

it('keeps the newest addresses of a peer, and not without end', async () => {
  const dialled: PeerAddress[] = [];
  const address = (n: number): PeerAddress => ({
    endpointId: 'f'.repeat(64),
    relayUrls: [`https://relay-${n}.example/`],
    ipAddrs: [`127.0.0.1:${n}`],
  });
  peer = new Peer(address(0), {
    origin: new Origin(),
    dial: async (to) => {
      dialled.push(to);
      throw new Error('nobody');
    },
    failureOf: () => 'offline',
    backoff: { firstMs: 5, factor: 1, maxMs: 5 },
    onIdle: () => undefined,
  });
  for (let n = 1; n <= 40; n += 1) peer.join(quiet, address(n));
  peer.join(quiet, address(20));
  await expect.poll(() => dialled.length).toBeGreaterThan(1);
  const { relayUrls = [], ipAddrs = [] } = dialled.at(-1) ?? {};
  expect([relayUrls.length, ipAddrs.length]).toEqual([32, 32]);
  expect(ipAddrs.slice(0, 3)).toEqual(['127.0.0.1:20', '127.0.0.1:40', '127.0.0.1:39']);
  expect(ipAddrs).not.toContain('127.0.0.1:1');
  expect(relayUrls[0]).toBe('https://relay-20.example/');
});
