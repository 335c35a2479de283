import { generateKeyPairSync } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Path } from 'moq-net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatTicket } from '../../common/ticket/ticket.ts';
import { socketClosed } from '../support/attacked-relay.ts';
import { Bystanders } from '../support/bystanders.ts';
import { expectBearable, INSPECTOR_ENV, LoadMeter, MAX_STRANGER_BYTES } from '../support/load-meter.ts';
import { closeAfterEach } from '../support/own.ts';
import { stopPrograms } from '../support/processes.ts';
import { sendRequest } from '../support/raw-http.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { type Client, overWebSocket } from '../support/relays.ts';
import { sleep, waitFor } from '../support/wait.ts';

/** Attacks a relay's slots, event loop and memory. The relay runs in its own process. */

const own = closeAfterEach();
afterAll(stopPrograms);

/** Opens connections from one address. Pauses the sockets, so that nothing reads what the relay sends. */
async function connections(relay: RelayProcess, count: number): Promise<Socket[]> {
  const port = Number(new URL(relay.url).port);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      own({ close: () => socket.destroy() });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket.pause();
    }),
  );
}

describe('HTTP requests that one client sends to a relay', () => {
  let relay: RelayProcess;
  let meter: LoadMeter;
  let largest = '';
  beforeAll(async () => {
    relay = await startRelayProcess({ options: ['--dev'], env: INSPECTOR_ENV });
    meter = await LoadMeter.open(relay.program);
    largest = await largestAsset(relay.url);
  }, 60_000);
  afterAll(() => meter.close());
  beforeEach(() => meter.start());

  async function expectServing(what: string): Promise<void> {
    expect((await sendRequest(Number(new URL(relay.url).port), '/healthz')).status).toBe(200);
    const load = await meter.read();
    expectBearable(load, what);
    expect(load.residentBytes, `${what}: resident bytes`).toBeLessThanOrEqual(MAX_STRANGER_BYTES);
  }

  it.each(['/healthz', '/relay.json', 'the largest asset'])(
    'are bearable if 2,000 of them for %s arrive in one piece, and the connection is closed',
    async (path) => {
      const [socket] = await connections(relay, 1);
      socket?.resume();
      socket?.write(requestFor(path.startsWith('/') ? path : largest).repeat(2_000));
      if (socket) await socketClosed(socket);
      await expectServing(`pipelining ${path}`);
    },
    30_000,
  );

  it('cause little load if 250 connections request 20 assets each and read nothing', async () => {
    for (const socket of await connections(relay, 250)) socket.write(requestFor(largest).repeat(20));
    await sleep(3_000);
    await expectServing('20 assets on 250 connections');
  }, 30_000);

  it('cause little load if 250 connections request one asset each and read nothing', async () => {
    for (const socket of await connections(relay, 250)) socket.write(requestFor(largest));
    await sleep(3_000);
    await expectServing('an asset on 250 connections');
  }, 30_000);

  it('cause little load if 250 connections request /relay.json at the same moment', async () => {
    const sockets = await connections(relay, 250);
    for (const socket of sockets) socket.write(requestFor('/relay.json'));
    await sleep(2_000);
    await expectServing('/relay.json on 250 connections');
  }, 30_000);
});

describe('the slots of a relay', () => {
  const join = async (
    relay: RelayProcess,
    from: { headers?: Record<string, string>; localAddress?: string },
  ) => own(await overWebSocket(relay.url, '/', 'moq-lite-05', from));
  const status = (client: Promise<Client>) => client.then(() => 'accepted', String);

  it('cannot all be taken by one IPv6 /48 network, which contains 65,536 networks', async () => {
    const options = [
      '--public',
      '*',
      '--trust-proxy',
      '--max-sessions',
      '40',
      '--max-sessions-per-client',
      '4',
    ];
    const relay = await startRelayProcess({ options });
    const from = (address: string) => status(join(relay, { headers: { 'x-forwarded-for': address } }));
    const attempts: string[] = [];
    for (let i = 0; i < 60; i += 1) attempts.push(await from(`2001:db8:aaaa:${i.toString(16)}::1`));
    expect(attempts.filter((result) => result === 'accepted')).toHaveLength(16);
    expect(attempts.at(-1)).toContain('429');
    expect(await from('2001:db8:bbbb::1')).toBe('accepted');
    expect(await from('192.0.2.7')).toBe('accepted');
    await relay.program.stop();
  }, 60_000);

  it('pass from idle sessions to others after 30 seconds, but not from sessions that read or publish', async () => {
    const options = ['--public', '*', '--max-sessions', '6', '--max-sessions-per-client', '4'];
    const relay = await startRelayProcess({ options });
    const bystanders = await Bystanders.start(relay.url);
    const hoard = [
      await join(relay, { localAddress: '127.0.0.2' }),
      await join(relay, { localAddress: '127.0.0.2' }),
      await join(relay, { localAddress: '127.0.0.2' }),
      await join(relay, { localAddress: '127.0.0.3' }),
    ];
    expect(await status(join(relay, { localAddress: '127.0.0.4' }))).toContain('503');
    const late = () => status(join(relay, { localAddress: '127.0.0.4' }));
    await waitFor('a slot', async () => (await late()) === 'accepted', 40_000);
    // The relay has closed a session of the client with the most idle sessions.
    const closed = await Promise.race(hoard.slice(0, 3).map(({ transport }) => transport.closed));
    expect(closed).toMatchObject({ closeCode: 4, reason: 'idle: the slot was needed' });
    await bystanders.expectUndisturbed();
    await bystanders.close();
    await relay.program.stop();
  }, 90_000);
});

describe('a relay in development mode', () => {
  it('refuses pages of other sites, and host names that strangers can register', async () => {
    const relay = await startRelayProcess({ options: ['--dev'] });
    const port = Number(new URL(relay.url).port);
    const statusOf = async (headers: Record<string, string>, path = '/relay.json') =>
      (await sendRequest(port, path, headers)).status;
    expect(await statusOf({ host: `localhost:${port}` })).toBe(200);
    expect(await statusOf({ host: 'evil.example' })).toBe(403);
    for (const path of ['/relay.json', '/certificate.sha256', '/pull-events', '/']) {
      expect(await statusOf({ host: `127.0.0.1:${port}`, origin: 'https://evil.example' }, path)).toBe(403);
    }
    const join = (headers: Record<string, string>) =>
      overWebSocket(relay.url, '/', 'moq-lite-05', { headers }).then(
        (client) => own(client) && 'accepted',
        String,
      );
    expect(await join({ origin: 'https://evil.example' })).toContain('403');
    expect(await join({ host: `evil.example:${port}` })).toContain('403');
    expect(await join({ origin: `http://localhost:5173` })).toBe('accepted');
    await relay.program.stop();
  }, 30_000);
});

describe('an open relay', () => {
  it('sends few packets to addresses that do not respond, regardless of how many tickets name them', async () => {
    const relay = await startRelayProcess();
    const targets = await Promise.all(Array.from({ length: 16 }, (_, i) => listenUdp(`127.0.1.${i + 1}`)));
    const ipAddrs = targets.map(({ address }) => address);
    for (let i = 0; i < 16; i += 1) {
      const ticket = formatTicket({
        endpointId: newEndpointId(),
        relayUrls: [],
        ipAddrs,
        broadcastName: 'x',
      });
      const client = own(await overWebSocket(relay.url));
      client.established.consume(Path.from(ticket)).subscribe('video');
    }
    await sleep(15_000);
    const hit = targets.filter(({ received }) => received.packets > 0);
    const packets = targets.reduce((sum, { received }) => sum + received.packets, 0);
    const bytes = targets.reduce((sum, { received }) => sum + received.bytes, 0);
    process.stderr.write(`reflected: ${packets} packets, ${bytes} bytes to ${hit.length} addresses\n`);
    expect(hit.length).toBeLessThanOrEqual(8);
    // The relay makes 12 attempts to reach each of 8 addresses, with a few packets each and retransmissions.
    // Without the limits, it would send 4,700 packets.
    expect(packets).toBeLessThan(2_000);
    await relay.program.stop();
  }, 60_000);
});

const requestFor = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

async function largestAsset(url: string): Promise<string> {
  const sizes = new Map<string, number>();
  const visit = async (path: string): Promise<void> => {
    if (sizes.has(path)) return;
    sizes.set(path, 0);
    const text = await (await fetch(new URL(path, url))).text();
    sizes.set(path, text.length);
    for (const [, name] of text.matchAll(/["'/.](chunk-[\w-]+\.js)["']/g)) await visit(`/assets/${name}`);
  };
  const page = await (await fetch(new URL('/publish', url))).text();
  for (const [path] of page.matchAll(/\/assets\/[\w.-]+\.js/g)) await visit(path);
  return [...sizes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

interface Target {
  address: string;
  received: { packets: number; bytes: number };
}

async function listenUdp(host: string): Promise<Target> {
  const socket = createSocket('udp4');
  const received = { packets: 0, bytes: 0 };
  socket.on('message', (data) => {
    received.packets += 1;
    received.bytes += data.byteLength;
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  own({ close: () => socket.close() });
  return { address: `${host}:${socket.address().port}`, received };
}

/** Returns the id of an endpoint that does not exist. An id must be a valid Ed25519 public key. */
function newEndpointId(): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
}
