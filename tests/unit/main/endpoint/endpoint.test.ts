import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';
import { parseTicket } from '../../../../common/ticket/ticket.ts';
import {
  ConnectError,
  type ConnectFault,
  EndpointError,
  failureOf,
  LiveEndpoint,
} from '../../../../main/endpoint/endpoint.ts';
import type { IrohTransport } from '../../../../main/transport/iroh.ts';

const opened: LiveEndpoint[] = [];
type Options = Partial<Parameters<typeof LiveEndpoint.open>[0]>;

async function open(options: Options = {}): Promise<LiveEndpoint> {
  const endpoint = await LiveEndpoint.open({ secretKey: randomBytes(32), relay: 'disabled', ...options });
  opened.push(endpoint);
  return endpoint;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((endpoint) => endpoint.close()));
});

const loopback: Options = { bind: '127.0.0.1:0' };

function addrOf(endpoint: LiveEndpoint) {
  return { endpointId: endpoint.id, ...endpoint.addr.get() };
}

async function faultOf(attempt: Promise<unknown>): Promise<ConnectFault | undefined> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof ConnectError) return error.reason;
    throw error;
  }
  return undefined;
}

/**
 * Asks the system for a free port. Tests do not reuse an endpoint's own port, which is not free until iroh's
 * object has been garbage-collected.
 */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

function nextConnection(endpoint: LiveEndpoint): Promise<IrohTransport> {
  return new Promise((resolve) => endpoint.onConnection(({ transport }) => resolve(transport)));
}

describe('opening an endpoint', () => {
  test('derives the id from the key and provides an address at once', async () => {
    const secretKey = Buffer.alloc(32, 1);
    const endpoint = await open({ secretKey, ...loopback });
    expect(endpoint.id).toBe('8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c');
    expect(endpoint.addr.get().relayUrls).toEqual([]);
    expect(endpoint.addr.get().ipAddrs).toContainEqual(expect.stringMatching(/^127\.0\.0\.1:\d+$/));
    expect(endpoint.relayState.get()).toBe('disabled');
  });

  test('restricts the endpoint to loopback in both IP versions if it is bound to a loopback address', async () => {
    const endpoint = await open(loopback);
    for (const addr of endpoint.addr.get().ipAddrs) expect(addr).toMatch(/^(127\.0\.0\.1|\[::1\]):\d+$/);
  });

  test('puts the bound port into the ticket, and never an unspecified address', async () => {
    const bind = `127.0.0.1:${await freePort()}`;
    const endpoint = await open({ bind });
    const ticket = parseTicket(endpoint.ticketFor('hello'));
    expect(ticket).toEqual({ ...addrOf(endpoint), broadcastName: 'hello' });
    expect(ticket.ipAddrs).toContain(bind);
    const any = await open();
    for (const addr of any.addr.get().ipAddrs) expect(addr).not.toMatch(/^(0\.0\.0\.0|\[::\]):/);
    expect(any.addr.get().ipAddrs.length).toBeGreaterThan(0);
  });

  test.each([
    ['bad-address', { bind: 'nowhere' }],
    ['bad-address', { bind: '203.0.113.7:0' }],
    ['bad-relay', { relay: 'somewhere' }],
    ['bad-relay', { relay: 'ftp://example.com' }],
  ])('fails with %s for %j', async (reason, options) => {
    await expect(open(options)).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(/^[A-Z"].*\.$/),
    });
    await expect(open(options)).rejects.toBeInstanceOf(EndpointError);
  });

  test('fails with a message that names the address if the port is in use', async () => {
    const first = await open(loopback);
    const bind = first.addr.get().ipAddrs.find((addr) => addr.startsWith('127.')) ?? '';
    await expect(open({ bind })).rejects.toMatchObject({
      reason: 'address-taken',
      message: expect.stringContaining(bind),
    });
  });

  test('succeeds without a reachable relay', async () => {
    const endpoint = await open({ ...loopback, relay: 'http://127.0.0.1:1/' });
    expect(endpoint.relayState.get()).toBe('connecting');
    expect(endpoint.addr.get().ipAddrs.length).toBeGreaterThan(0);
  });

  test('rejects when it is aborted', async () => {
    await expect(open({ ...loopback, signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});

describe('connecting to a peer', () => {
  test.each([
    ['bound to loopback', loopback],
    ['bound to all addresses', {}],
  ])('works between two endpoints on one machine, %s', async (_how, options) => {
    const [a, b] = await Promise.all([open(options), open(options)]);
    const incoming = nextConnection(a);
    const startedMs = performance.now();
    const transport = await b.connect(parseTicket(a.ticketFor('hello')));
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(transport.remoteId).toBe(a.id);
    expect(transport.protocol).toBe('moq-lite-05');
    expect((await incoming).remoteId).toBe(b.id);
  });

  test('uses the newest common protocol version for every connection', async () => {
    const old = await open({ ...loopback, alpns: ['moq-lite-03'] });
    const seen: string[] = [];
    old.onConnection(({ alpn }) => seen.push(alpn));
    const b = await open(loopback);
    for (let i = 0; i < 2; i++) expect((await b.connect(addrOf(old))).protocol).toBe('moq-lite-03');
    // The accepting side may receive its connection a moment later.
    await expect.poll(() => seen).toEqual(['moq-lite-03', 'moq-lite-03']);
  });

  test('uses an updated peer’s newer version once the remembered version fails', async () => {
    const secretKey = randomBytes(32);
    const old = await open({ ...loopback, secretKey, alpns: ['moq-lite-04'] });
    old.onConnection(() => undefined);
    const b = await open(loopback);
    expect((await b.connect(addrOf(old))).protocol).toBe('moq-lite-04');
    await old.close();
    const updated = await open({ ...loopback, secretKey, alpns: ['moq-lite-05'] });
    updated.onConnection(() => undefined);
    expect((await b.connect(addrOf(updated))).protocol).toBe('moq-lite-05');
  });

  test('fails as incompatible without a common protocol version', async () => {
    const a = await open({ ...loopback, alpns: ['something-else'] });
    a.onConnection(() => undefined);
    const b = await open(loopback);
    expect(await faultOf(b.connect(addrOf(a)))).toBe('incompatible');
  });

  test('fails as `self` for the endpoint’s own id', async () => {
    const a = await open(loopback);
    expect(await faultOf(a.connect(addrOf(a)))).toBe('self');
  });

  test('fails as offline if there is no address or no answer, or if another endpoint answers', async () => {
    const [a, b, gone] = await Promise.all([open(loopback), open(loopback), open(loopback)]);
    a.onConnection(() => undefined);
    const { endpointId } = addrOf(gone);
    await gone.close();
    const nobody = { endpointId, relayUrls: [], ipAddrs: [] };
    expect(await faultOf(b.connect(nobody))).toBe('offline');
    expect(await faultOf(b.connect({ ...nobody, ipAddrs: ['127.0.0.1:9'] }, { timeoutMs: 200 }))).toBe(
      'offline',
    );
    expect(await faultOf(b.connect({ ...addrOf(a), endpointId }))).toBe('offline');
  });

  test('fails at once when it is aborted, and closes a connection that is established later', async () => {
    const [a, b] = await Promise.all([open(loopback), open(loopback)]);
    const incoming = nextConnection(a);
    const controller = new AbortController();
    const attempt = faultOf(b.connect(addrOf(a), { signal: controller.signal }));
    controller.abort();
    expect(await attempt).toBe('aborted');
    expect(await faultOf(b.connect(addrOf(a), { signal: controller.signal }))).toBe('aborted');
    expect(await (await incoming).closed).toEqual({ closeCode: 0, reason: 'cancelled' });
  });

  test('fails as invalid for a malformed id or relay URL', async () => {
    const b = await open(loopback);
    expect(await faultOf(b.connect({ endpointId: 'zz', relayUrls: [], ipAddrs: [] }))).toBe('invalid');
    const id = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
    expect(await faultOf(b.connect({ endpointId: id, relayUrls: ['no'], ipAddrs: [] }))).toBe('invalid');
  });

  test('fails as refused at the connection limit, and works again below it', async () => {
    const a = await open({ ...loopback, limits: { perMinute: 100, total: 2 } });
    a.onConnection(() => undefined);
    const b = await open(loopback);
    const first = await b.connect(addrOf(a));
    await b.connect(addrOf(a));
    expect(await faultOf(b.connect(addrOf(a)))).toBe('refused');
    first.close();
    await expect.poll(() => faultOf(b.connect(addrOf(a))), { timeout: 3_000 }).toBeUndefined();
  });

  test('fails as refused after the last listener was removed, and works again with a new listener', async () => {
    const [server, client] = [await open(loopback), await open(loopback)];
    const stop = server.onConnection(() => undefined);
    (await client.connect(addrOf(server))).close();
    stop();
    expect(await faultOf(client.connect(addrOf(server)))).toBe('refused');
    const again = nextConnection(server);
    (await client.connect(addrOf(server))).close();
    await again;
  });

  test('fails as refused after too many attempts', async () => {
    const a = await open({ ...loopback, limits: { perMinute: 2, total: 100 } });
    a.onConnection(() => undefined);
    const b = await open(loopback);
    await b.connect(addrOf(a));
    await b.connect(addrOf(a));
    expect(await faultOf(b.connect(addrOf(a)))).toBe('refused');
  });

  test('reports each fault to the bridge', () => {
    for (const fault of ['offline', 'refused', 'incompatible', 'invalid'] as const) {
      expect(failureOf(new ConnectError(fault, 'x'))).toBe(fault);
    }
    expect(failureOf(new Error('x'))).toBe('lost');
  });
});

describe('closing an endpoint', () => {
  test('closes all connections with a reason, quickly and only once', async () => {
    const [a, b] = await Promise.all([open(loopback), open(loopback)]);
    const incoming = nextConnection(a);
    const transport = await b.connect(addrOf(a));
    const theirs = await incoming;
    const startedMs = performance.now();
    await Promise.all([a.close(), a.close()]);
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    expect(await transport.closed).toEqual({ closeCode: 0, reason: 'cancelled' });
    expect(transport.closeReason()).toEqual({ by: 'remote', code: 0, reason: 'cancelled' });
    expect(await theirs.closed).toEqual({ closeCode: 0, reason: 'cancelled' });
    expect(theirs.closeReason()?.by).toBe('local');
    expect(await faultOf(a.connect(addrOf(b)))).toBe('aborted');
  });

  test('ends a pending connection attempt', async () => {
    const b = await open(loopback);
    const id = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
    const attempt = faultOf(b.connect({ endpointId: id, relayUrls: [], ipAddrs: ['127.0.0.1:9'] }));
    await b.close();
    expect(await attempt).toBeDefined();
  });
});
