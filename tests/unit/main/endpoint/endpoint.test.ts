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

/** From the system. (An endpoint's own port is free again only when iroh's object is garbage collected.) */
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

describe('opening', () => {
  test('the id follows from the key, and the address is there at once', async () => {
    const secretKey = Buffer.alloc(32, 1);
    const endpoint = await open({ secretKey, ...loopback });
    expect(endpoint.id).toBe('8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c');
    expect(endpoint.addr.get().relayUrls).toEqual([]);
    expect(endpoint.addr.get().ipAddrs).toContainEqual(expect.stringMatching(/^127\.0\.0\.1:\d+$/));
    expect(endpoint.relayState.get()).toBe('disabled');
  });

  test('a loopback address keeps to loopback with both IP versions', async () => {
    const endpoint = await open(loopback);
    for (const addr of endpoint.addr.get().ipAddrs) expect(addr).toMatch(/^(127\.0\.0\.1|\[::1\]):\d+$/);
  });

  test('a bound port is in the ticket, and no unspecified address ever is', async () => {
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
  ])('%s: %j', async (reason, options) => {
    await expect(open(options)).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(/^[A-Z"].*\.$/),
    });
    await expect(open(options)).rejects.toBeInstanceOf(EndpointError);
  });

  test('a taken port is told', async () => {
    const first = await open(loopback);
    const bind = first.addr.get().ipAddrs.find((addr) => addr.startsWith('127.')) ?? '';
    await expect(open({ bind })).rejects.toMatchObject({
      reason: 'address-taken',
      message: expect.stringContaining(bind),
    });
  });

  test('a relay that is not there leaves the endpoint usable, and closing it leaves nothing behind', async () => {
    const endpoint = await open({ ...loopback, relay: 'http://127.0.0.1:1/' });
    expect(endpoint.relayState.get()).toBe('connecting');
    expect(endpoint.addr.get().ipAddrs.length).toBeGreaterThan(0);
  });

  test('an aborted opening opens nothing', async () => {
    await expect(open({ ...loopback, signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});

describe('connecting', () => {
  test.each([
    ['bound to loopback', loopback],
    ['bound to all addresses', {}],
  ])('two endpoints on one machine, %s', async (_how, options) => {
    const [a, b] = await Promise.all([open(options), open(options)]);
    const incoming = nextConnection(a);
    const startedMs = performance.now();
    const transport = await b.connect(parseTicket(a.ticketFor('hello')));
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(transport.remoteId).toBe(a.id);
    expect(transport.protocol).toBe('moq-lite-05');
    expect((await incoming).remoteId).toBe(b.id);
  });

  test('the newest version that both know, and the same again', async () => {
    const old = await open({ ...loopback, alpns: ['moq-lite-03'] });
    const seen: string[] = [];
    old.onConnection(({ alpn }) => seen.push(alpn));
    const b = await open(loopback);
    for (let i = 0; i < 2; i++) expect((await b.connect(addrOf(old))).protocol).toBe('moq-lite-03');
    // The accepting side may see its connection a moment later.
    await expect.poll(() => seen).toEqual(['moq-lite-03', 'moq-lite-03']);
  });

  test('a peer that is updated is met with the newer version only once the older fails', async () => {
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

  test('incompatible', async () => {
    const a = await open({ ...loopback, alpns: ['something-else'] });
    a.onConnection(() => undefined);
    const b = await open(loopback);
    expect(await faultOf(b.connect(addrOf(a)))).toBe('incompatible');
  });

  test('self', async () => {
    const a = await open(loopback);
    expect(await faultOf(a.connect(addrOf(a)))).toBe('self');
  });

  test('offline: no address, nobody there, or somebody else there', async () => {
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

  test('aborted: at once, and what arrives later is closed', async () => {
    const [a, b] = await Promise.all([open(loopback), open(loopback)]);
    const incoming = nextConnection(a);
    const controller = new AbortController();
    const attempt = faultOf(b.connect(addrOf(a), { signal: controller.signal }));
    controller.abort();
    expect(await attempt).toBe('aborted');
    expect(await faultOf(b.connect(addrOf(a), { signal: controller.signal }))).toBe('aborted');
    expect(await (await incoming).closed).toEqual({ closeCode: 0, reason: 'cancelled' });
  });

  test('invalid', async () => {
    const b = await open(loopback);
    expect(await faultOf(b.connect({ endpointId: 'zz', relayUrls: [], ipAddrs: [] }))).toBe('invalid');
    const id = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
    expect(await faultOf(b.connect({ endpointId: id, relayUrls: ['no'], ipAddrs: [] }))).toBe('invalid');
  });

  test('refused: beyond the limits, and taken again when there is room', async () => {
    const a = await open({ ...loopback, limits: { perMinute: 100, total: 2 } });
    a.onConnection(() => undefined);
    const b = await open(loopback);
    const first = await b.connect(addrOf(a));
    await b.connect(addrOf(a));
    expect(await faultOf(b.connect(addrOf(a)))).toBe('refused');
    first.close();
    await expect.poll(() => faultOf(b.connect(addrOf(a))), { timeout: 3_000 }).toBeUndefined();
  });

  test('refused: while nobody listens any more, and taken again when somebody does', async () => {
    const [server, client] = [await open(loopback), await open(loopback)];
    const stop = server.onConnection(() => undefined);
    (await client.connect(addrOf(server))).close();
    stop();
    expect(await faultOf(client.connect(addrOf(server)))).toBe('refused');
    const again = nextConnection(server);
    (await client.connect(addrOf(server))).close();
    await again;
  });

  test('refused: too many attempts', async () => {
    const a = await open({ ...loopback, limits: { perMinute: 2, total: 100 } });
    a.onConnection(() => undefined);
    const b = await open(loopback);
    await b.connect(addrOf(a));
    await b.connect(addrOf(a));
    expect(await faultOf(b.connect(addrOf(a)))).toBe('refused');
  });

  test('each fault has a word in the bridge', () => {
    for (const fault of ['offline', 'refused', 'incompatible', 'invalid'] as const) {
      expect(failureOf(new ConnectError(fault, 'x'))).toBe(fault);
    }
    expect(failureOf(new Error('x'))).toBe('lost');
  });
});

describe('closing', () => {
  test('closes all connections with a reason, soon, once', async () => {
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

  test('a pending connect ends with the endpoint', async () => {
    const b = await open(loopback);
    const id = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
    const attempt = faultOf(b.connect({ endpointId: id, relayUrls: [], ipAddrs: ['127.0.0.1:9'] }));
    await b.close();
    expect(await attempt).toBeDefined();
  });
});
