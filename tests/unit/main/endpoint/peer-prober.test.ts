import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { PeerAddr } from '../../../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../../../main/endpoint/endpoint.ts';
import { PeerProber } from '../../../../main/endpoint/peer-prober.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { freePort } from '../../../support/wait.ts';

const own = closeAfterEach();

async function openEndpoint(): Promise<LiveEndpoint> {
  return own(await LiveEndpoint.open({ secretKey: randomBytes(32), bind: '127.0.0.1:0', relay: 'disabled' }));
}

function addressOf(endpoint: LiveEndpoint): PeerAddr {
  return { endpointId: endpoint.id, relayUrls: [], ipAddrs: [`127.0.0.1:${endpoint.port}`] };
}

const newProber = () => own(new PeerProber({ usesRelays: false }));
const never = new AbortController().signal;

it('is answered by a running peer, which accepts no connection', async () => {
  const peer = await openEndpoint();
  let connections = 0;
  peer.onConnection(() => {
    connections += 1;
  });
  expect(await newProber().probe(addressOf(peer), never)).toBe(true);
  expect(connections).toBe(0);
});

it('is answered by a peer that refuses connections', async () => {
  const peer = await openEndpoint();
  peer.onConnection(() => undefined)();
  expect(await newProber().probe(addressOf(peer), never)).toBe(true);
});

it('is not answered where nobody listens, or after an abort', async () => {
  const peer = await openEndpoint();
  peer.onConnection(() => undefined);
  const absent = { ...addressOf(peer), ipAddrs: [`127.0.0.1:${await freePort()}`] };
  expect(await newProber().probe(absent, AbortSignal.timeout(500))).toBe(false);
  expect(await newProber().probe(addressOf(peer), AbortSignal.abort())).toBe(false);
});

it('is shared by concurrent calls, and limited to four peers at a time', async () => {
  const prober = newProber();
  const ports = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  const peers = await Promise.all(
    ports.map(async (port) => ({ ...addressOf(await openEndpoint()), ipAddrs: [`127.0.0.1:${port}`] })),
  );
  const order: string[] = [];
  const probe = (peer: PeerAddr | undefined, name: string) =>
    peer && prober.probe(peer, AbortSignal.timeout(500)).then(() => order.push(name));
  await Promise.all([
    ...peers.slice(0, 4).flatMap((peer) => [probe(peer, 'dialed'), probe(peer, 'dialed')]),
    probe(peers[4], 'refused'),
  ]);
  expect(order[0]).toBe('refused');
  expect(order).toHaveLength(9);
});

it('ends when the prober is closed', async () => {
  const prober = newProber();
  const absent = { ...addressOf(await openEndpoint()), ipAddrs: [`127.0.0.1:${await freePort()}`] };
  const answered = prober.probe(absent, never);
  prober.close();
  expect(await answered).toBe(false);
  expect(await prober.probe(absent, never)).toBe(false);
});
