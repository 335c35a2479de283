import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Key, sign } from '@moq/token';
import { Broadcast, Path, Varint } from 'moq-net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { formatTicket, parseTicket } from '../../common/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { runTokenCommand } from '../../main/relay/token-command.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { removeDataDirs } from '../support/app-process.ts';
import { encode, message } from '../support/hostile.ts';
import { stopPrograms } from '../support/processes.ts';
import { ask } from '../support/raw-http.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { type Client, overIroh, overWebSocket, pullReports } from '../support/relays.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { Witness } from '../support/witness.ts';

/**
 * Clients that mean no good, on real sockets, against a relay in a process of its own, while a good viewer reads.
 * Each is refused, told of once, and leaves nothing behind.
 */
let folder: string;
let keyFile: string;
let relay: RelayProcess;
let port: number;
let ownTicket: string;
let witness: Witness;
let log = '';
/** Of the relay before anybody attacked, in bytes. */
let restingBytes = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-hostile-'));
  keyFile = join(folder, 'key.jwk');
  await writeFile(keyFile, await runTokenCommand({ action: 'key', algorithm: 'ES256' }));
  relay = await startRelayProcess({
    options: ['--dev', '--auth-key', keyFile, '--metrics-bind', '127.0.0.1:0'],
  });
  log = relay.program.errors();
  relay.program.child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  port = Number(new URL(relay.url).port);
  ownTicket = (await (await fetch(new URL('/relay.json', relay.url))).json()).ticketBase;
  witness = await Witness.start(relay.url);
  await witness.check();
  restingBytes = await gauge('process_resident_memory_bytes');
}, 60_000);
afterAll(async () => {
  await witness?.close();
  await stopPrograms();
  removeDataDirs();
  await rm(folder, { recursive: true, force: true });
});

const open: { close(): unknown }[] = [];
function own<T extends { close(): unknown }>(opened: T): T {
  open.push(opened);
  return opened;
}
afterEach(async () => {
  for (const opened of open.splice(0).reverse()) await opened.close();
  expect(relay.program.child.exitCode, 'the relay lives').toBeNull();
  await witness.check();
  await waitFor('only the good ones are left', async () => (await sessions()) === 2, 20_000);
  expect(await gauge('iroh_live_relay_broadcasts')).toBe(1);
  expect(await gauge('process_resident_memory_bytes')).toBeLessThan(restingBytes + 300_000_000);
}, 40_000);

async function metrics(): Promise<string> {
  const url = await waitFor('metrics', () => /metrics are at (\S+)/.exec(log)?.[1]);
  return (await fetch(url)).text();
}
async function gauge(name: string): Promise<number> {
  const value = new RegExp(`^${name} (\\S+)`, 'm').exec(await metrics())?.[1];
  return Number(value);
}
async function sessions(): Promise<number> {
  const counts = (await metrics()).matchAll(/^iroh_live_relay_sessions\{.*\} (\d+)/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}
async function refused(reason: string): Promise<number> {
  const found = new RegExp(`refused_total\\{reason="${reason}"\\} (\\d+)`).exec(await metrics());
  return Number(found?.[1] ?? 0);
}
/** Lines that the relay logged since `from`, at `info` and above. */
const linesSince = (from: number) => log.slice(from).split('\n').filter(Boolean);

/** From an address of its own, so that what it uses up is not the good ones'. */
function tcp(): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  socket.on('error', () => undefined).resume();
  own({ close: () => socket.destroy() });
  return socket;
}
const gone = (socket: Socket) =>
  socket.closed ? Promise.resolve() : new Promise<void>((done) => socket.once('close', () => done()));

/** A WebSocket that the relay took for a MoQ session; what it sends is up to the test. */
async function rawSession(protocol = 'qmux-02.moq-lite-05'): Promise<WebSocket> {
  const url = relay.url.replace('http', 'ws');
  const socket = new WebSocket(url, [protocol], { localAddress: '127.0.0.2' });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  own({ close: () => socket.terminate() });
  return socket;
}
const ended = (socket: WebSocket) =>
  socket.readyState === WebSocket.CLOSED ? Promise.resolve() : once(socket, 'close');

async function irohTransport(alpn = 'moq-lite-04'): Promise<IrohTransport> {
  const bind = '127.0.0.1:0';
  const options = { secretKey: randomBytes(32), bind, relay: 'disabled', alpns: [alpn] };
  const endpoint = own(await LiveEndpoint.open(options));
  const transport = await endpoint.connect(parseTicket(`${ownTicket}x`));
  transport.closed.catch(() => undefined);
  own({ close: () => transport.close() });
  return transport;
}

describe('first bytes that are nothing', () => {
  it('on the HTTP port', async () => {
    const from = log.length;
    const starts: (() => Uint8Array)[] = [
      () => randomBytes(1 + Math.floor(Math.random() * 4_000)),
      // A TLS greeting where there is no TLS.
      () => Buffer.concat([Buffer.from('16030102000100', 'hex'), randomBytes(500)]),
      () => Buffer.from('GET / HTTP/9.9\r\n\r\n'),
      () => Buffer.from(`GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`),
      () => Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(20_000)}\r\n`),
      () =>
        Buffer.from(
          'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nZZ',
        ),
      () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    ];
    const sockets = Array.from({ length: 140 }, (_, i) => {
      const socket = tcp();
      socket.write(starts[i % starts.length]?.() ?? '');
      return socket;
    });
    await Promise.all(sockets.map(gone));
    expect(linesSince(from)).toEqual([]);
  });

  it('in upgrades to WebSocket', async () => {
    const from = log.length;
    const before = await refused('request');
    const heads = [
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: nonsense\r\nSec-WebSocket-Protocol: qmux-02.moq-lite-05',
      'Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: qmux-02.moq-lite-05',
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: chat',
      'Sec-WebSocket-Version: 13',
    ];
    for (let i = 0; i < 40; i += 1) {
      const socket = tcp();
      let answer = '';
      socket.on('data', (data) => {
        answer += data;
      });
      const head = heads[i % heads.length];
      socket.write(
        `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${head}\r\n\r\n`,
      );
      await gone(socket);
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    }
    expect(await refused('request')).toBe(before + 10);
    expect(linesSince(from)).toEqual([]);
  });

  it('in WebSocket frames and QMux records', async () => {
    const sent: ((socket: WebSocket) => void)[] = [
      (socket) => socket.send(randomBytes(200)),
      (socket) => socket.send('text'),
      (socket) => socket.send(randomBytes(2_000_000)),
      (socket) => socket.send(new Uint8Array()),
      // A record whose stream frame names more than it has.
      (socket) => socket.send(Buffer.from('0e00ffffffffffffffff00', 'hex')),
      // A frame of WebSocket's that names 2^62 bytes, past its own library.
      (socket) => rawOf(socket).write(Buffer.from('82fe7fff00000000', 'hex')),
      (socket) => rawOf(socket).write(Buffer.from('82ff4000000000000000aabbccdd', 'hex')),
      (socket) => rawOf(socket).write(randomBytes(1_000)),
    ];
    for (const protocol of ['qmux-02.moq-lite-05', 'qmux-01.moq-lite-04', 'webtransport']) {
      for (const send of sent) {
        const socket = await rawSession(protocol);
        send(socket);
        // One that does not break the framing may be waited for until the handshake's deadline.
        await Promise.race([ended(socket), sleep(500)]);
        socket.terminate();
      }
    }
  }, 60_000);

  it('on the ports of QUIC', async () => {
    const from = log.length;
    const udpPorts = [
      ...(relay.webTransport ? [Number(new URL(relay.webTransport).port)] : []),
      ...parseTicket(`${ownTicket}x`).ipAddrs.map((addr) => Number(addr.split(':').at(-1))),
    ];
    const udp = createSocket('udp4');
    own({ close: () => udp.close() });
    for (const to of udpPorts) {
      for (let i = 0; i < 2_000; i += 1) {
        const packet = randomBytes(1 + Math.floor(Math.random() * 1_400));
        // Half of them look like the first packet of QUIC version 1.
        if (i % 2 === 0 && packet.byteLength > 20) packet.set(Buffer.from('c00000000108', 'hex'));
        udp.send(packet, to, '127.0.0.1');
        if (i % 100 === 0) await sleep(5);
      }
    }
    expect(linesSince(from)).toEqual([]);
    // Both are still served.
    const peer = own(await overIroh(`${ownTicket}${witness.name}`));
    expect(await firstNumber(peer)).toBeGreaterThanOrEqual(0);
  }, 30_000);

  it('on iroh streams of both kinds', async () => {
    const transport = await irohTransport();
    const writing = Array.from({ length: 100 }, async (_, i) => {
      const stream =
        i % 2 === 0
          ? await transport.createUnidirectionalStream()
          : (await transport.createBidirectionalStream()).writable;
      const writer = stream.getWriter();
      writer.closed.catch(() => undefined);
      await writer.write(randomBytes(1 + Math.floor(Math.random() * 3_000)));
      await writer.close();
    });
    await Promise.allSettled(writing);
    await sleep(500);
  }, 30_000);
});

/** A stream's frame length, a group's, and a message's that are not what follows. */
describe('lengths that lie', () => {
  it('over iroh: an announcement, a subscription and a group of 1 GB that never come', async () => {
    const transport = await irohTransport();
    const huge = encode(2 ** 30);
    for (const start of [[1], [2], [3], [0x40, 0x7f]]) {
      const { writable } = await transport.createBidirectionalStream();
      const writer = writable.getWriter();
      writer.closed.catch(() => undefined);
      await writer.write(Buffer.concat([Uint8Array.from(start), huge, randomBytes(100)]));
    }
    const group = (await transport.createUnidirectionalStream()).getWriter();
    group.closed.catch(() => undefined);
    await group.write(Buffer.concat([encode(0), message(7, 0), huge, randomBytes(100)]));
    await sleep(1_000);
  }, 30_000);

  it('over WebSocket: a publisher whose frame names 1 GB costs its readers their group, and nobody else', async () => {
    const publisher = own(await overWebSocket(relay.url));
    publisher.established.publish(Path.from('liar'), own(liar(publisher)));
    const viewer = own(await overWebSocket(relay.url));
    await sleep(300);
    const track = viewer.established.consume(Path.from('liar')).subscribe('video');
    const group = await Promise.race([track.recvGroup().catch(() => undefined), sleep(2_000)]);
    const frame = await Promise.race([group?.readFrame().catch(() => undefined), sleep(2_000)]);
    expect(frame).toBeUndefined();
  }, 30_000);
});

describe('too much of it', () => {
  it('slow-loris: heads that never end, and sessions that never begin', async () => {
    const from = log.length;
    const slow = Array.from({ length: 150 }, () => {
      const socket = tcp();
      socket.write('GET / HTTP/1.1\r\n');
      const timer = setInterval(() => socket.write('x'), 500);
      socket.once('close', () => clearInterval(timer));
      return socket;
    });
    const silent = await Promise.all(Array.from({ length: 40 }, () => rawSession('qmux-02.moql')));
    await sleep(2_000);
    await witness.check();
    await Promise.all([...slow.map(gone), ...silent.map(ended)]);
    expect(linesSince(from)).toEqual([]);
  }, 40_000);

  it('connections beyond what one client may have are dropped, others come in', async () => {
    const sockets = Array.from({ length: 400 }, tcp);
    await waitFor(
      'some are dropped',
      () => sockets.filter((socket) => socket.destroyed).length >= 140,
      10_000,
    );
    const other = own(await overWebSocket(relay.url));
    expect(await firstNumber(other)).toBeGreaterThanOrEqual(0);
  }, 30_000);

  it('10,000 announcements: the session is closed, told of once', async () => {
    const from = log.length;
    const before = await refused('announcements');
    const flood = own(await overWebSocket(relay.url));
    for (let i = 0; i < 10_000; i += 1) {
      flood.established.publish(Path.from(`flood/${i}`), new Broadcast.Producer());
    }
    // It may be too busy announcing to hear why before its socket is cut.
    await Promise.allSettled([flood.transport.closed]);
    expect(await refused('announcements')).toBe(before + 1);
    await waitFor('told', () => linesSince(from).length > 0);
    expect(linesSince(from)).toHaveLength(1);
  }, 40_000);

  it.each(['websocket', 'iroh'])(
    '1,000 streams opened and left, over %s',
    async (kind) => {
      const transport =
        kind === 'iroh'
          ? await irohTransport()
          : own(await overWebSocket(relay.url, '/', 'moq-lite-04')).transport;
      let opened = 0;
      const openings = Array.from({ length: 1_000 }, async (_, i) => {
        const stream =
          i % 2 === 0
            ? await transport.createUnidirectionalStream()
            : (await transport.createBidirectionalStream()).writable;
        opened += 1;
        const writer = stream.getWriter();
        writer.closed.catch(() => undefined);
        // The beginning of a message that never comes.
        await writer.write(Uint8Array.of(i % 2 === 0 ? 0 : 2, 0x7f));
      });
      void Promise.allSettled(openings);
      await sleep(2_000);
      // No more than the limit of each kind is ever open.
      expect(opened).toBeLessThanOrEqual(512);
      await witness.check();
    },
    30_000,
  );
});

describe('names that lead elsewhere', () => {
  it('paths over HTTP', async () => {
    const from = log.length;
    const paths = [
      '/../../etc/passwd',
      '/assets/../../../etc/passwd',
      '/assets/..%2f..%2f..%2fetc%2fpasswd',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/..\\..\\package.json',
      '/assets/%00',
      '/%00/../etc/passwd',
      `/${'a/'.repeat(5_000)}`,
      '//evil.example/x',
      'http://evil.example/x',
      '/%ff%fe',
    ];
    for (const path of paths) {
      const answer = await ask(port, path);
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
      expect(answer.body).not.toMatch(/root:|"dependencies"/);
    }
    expect(linesSince(from)).toEqual([]);
  });

  it('roots of sessions', async () => {
    await expect(overWebSocket(relay.url, `/${'x'.repeat(10_000)}`)).rejects.toThrow('400');
    await expect(overWebSocket(relay.url, `/${'x/'.repeat(40)}`)).rejects.toThrow('400');
    // A root of its own is what this one is: nothing above it is seen.
    const odd = own(await overWebSocket(relay.url, '/a/%2e%2e/%00'));
    const seen = odd.established.announced();
    expect(await Promise.race([seen.next(), sleep(300)])).toBeUndefined();
    seen.close(new Error('done'));
  });

  it('names of broadcasts: taken from nobody, asked for in vain, told of once', async () => {
    const from = log.length;
    const publisher = own(await overWebSocket(relay.url));
    const names = ['../up', 'a/../../b', './x', 'nul\0', 'bell\u0007', 'x'.repeat(10_000)];
    for (const name of names) publisher.established.publish(Path.from(name), own(new Broadcast.Producer()));
    publisher.established.publish(Path.from('fine'), own(new Broadcast.Producer()));
    await waitFor('the good one', async () => (await gauge('iroh_live_relay_broadcasts')) === 2);
    await waitFor('told', () => linesSince(from).length > 0);
    const viewer = own(await overWebSocket(relay.url));
    for (const name of [...names, 'y'.repeat(100_000)]) {
      const track = viewer.established.consume(Path.from(name)).subscribe('video');
      await expect(track.recvGroup(), name.slice(0, 20)).rejects.toThrow();
    }
    expect(linesSince(from)).toHaveLength(1);
  }, 30_000);

  it('tickets to private addresses, and tickets that are none', async () => {
    const nobody = await LiveEndpoint.open({
      secretKey: randomBytes(32),
      bind: '127.0.0.1:0',
      relay: 'disabled',
    });
    await nobody.close();
    const knocked = createSocket('udp4');
    own({ close: () => knocked.close() });
    let packets = 0;
    knocked.on('message', () => {
      packets += 1;
    });
    knocked.bind(0, '127.0.0.1');
    await once(knocked, 'listening');
    const here = `127.0.0.1:${knocked.address().port}`;
    const addresses = [
      { ipAddrs: [here], relayUrls: [] },
      { ipAddrs: ['10.0.0.1:1', '192.168.1.1:22', '169.254.169.254:80', '224.0.0.1:5'], relayUrls: [] },
      { ipAddrs: ['[::1]:1', '[fe80::1]:1', '[fc00::1]:1', '[::ffff:127.0.0.1]:9'], relayUrls: [] },
      { ipAddrs: [], relayUrls: [`http://${here}/`, 'https://localhost/', 'https://metadata.internal/'] },
    ];
    for (const address of addresses) {
      const ticket = formatTicket({ endpointId: nobody.id, ...address, broadcastName: 'x' });
      const viewer = own(await overWebSocket(relay.url));
      const seen = viewer.established.announced(Path.from(ticket));
      const reports = own(await pullReports(relay.url, ticket));
      const failed = await waitFor('refused', () => reports.reports.find(({ state }) => state === 'failed'));
      expect(failed).toMatchObject({ failure: 'private' });
      seen.close(new Error('done'));
      reports.close();
      await viewer.close();
    }
    await sleep(500);
    expect(packets).toBe(0);
    for (const name of [
      '',
      'iroh-live:',
      'iroh-live:AAAA/x',
      `iroh-live:${'A'.repeat(10_000)}/x`,
      '\0',
      '../x',
    ]) {
      const url = new URL('/pull-events', relay.url);
      url.searchParams.set('name', name);
      expect((await fetch(url)).status, name.slice(0, 20)).toBe(400);
    }
  }, 40_000);
});

describe('tokens', () => {
  it('of a wrong key, expired, for another path, or not one at all: refused, each told of once', async () => {
    const other: Key = JSON.parse(await runTokenCommand({ action: 'key', algorithm: 'ES256' }));
    const signed = (root: string, expiresInS?: number) =>
      runTokenCommand({ action: 'sign', keyFile, root, get: [''], put: [''], pull: false, expiresInS });
    const good = await signed('room');
    const [head, , signature] = good.split('.');
    const forged = Buffer.from(JSON.stringify({ root: '', get: [''], put: [''] })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const tokens = [
      ['/', await sign(other, { root: '', get: [''], put: [''] })],
      ['/', await signed('', -60)],
      ['/hall', good],
      ['/room', `${head}.${forged}.${signature}`],
      ['/room', `${none}.${forged}.`],
      ['/room', 'nonsense'],
      ['/room', 'x'.repeat(9_000)],
    ] as const;
    const closed = await startRelayProcess({ options: ['--auth-key', keyFile] });
    const guarded = own(await Witness.start(closed.url, `/room?jwt=${good}`));
    for (const [path, token] of tokens) {
      const from = closed.program.errors();
      const session = overWebSocket(closed.url, `${path}?jwt=${token}`).then(() => 'let in', String);
      expect(await session, token.slice(0, 20)).toContain('401');
      const told = await waitFor('told', () => closed.program.errors().slice(from.length) || undefined);
      expect(told.trim().split('\n')).toHaveLength(1);
      expect(told).not.toContain(token);
    }
    await guarded.check();
  }, 30_000);
});

function rawOf(socket: WebSocket): Socket {
  return Reflect.get(socket, '_socket') as Socket;
}

async function firstNumber(client: Client): Promise<number> {
  const track = client.established.consume(Path.from(witness.name)).subscribe('video');
  const group = await track.recvGroup();
  const frame = await group?.readFrame();
  track.close();
  if (!frame) throw new Error('nothing was read');
  return new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint32(0);
}

/** A broadcast whose group, once asked for, is written by hand. */
function liar({ transport }: Client): Broadcast.Producer {
  const broadcast = new Broadcast.Producer();
  const run = async () => {
    for (;;) {
      const request = await broadcast.requested();
      if (!request) return;
      request.accept({ latencyMax: 1_000 });
      const writer = (await transport.createUnidirectionalStream()).getWriter();
      writer.closed.catch(() => undefined);
      // Subscription 0, group 0, time 0, a frame of 1 GB.
      await writer.write(Buffer.concat([Varint.encode(0), message(0, 0), encode(0), encode(2 ** 30)]));
      await writer.write(randomBytes(100_000));
    }
  };
  run().catch(() => undefined);
  return broadcast;
}
