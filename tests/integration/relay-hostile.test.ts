import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { Broadcast, Path, Varint } from 'moq-net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type WebSocket from 'ws';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { AttackedRelay, socketClosed, webSocketClosed } from '../support/attacked-relay.ts';
import { encode, message } from '../support/hostile.ts';
import { type Client, overIroh, overWebSocket } from '../support/relays.ts';
import { sleep, waitFor } from '../support/wait.ts';

/** Tests invalid bytes and floods of valid ones while a well-behaved viewer watches. */
const at = new AttackedRelay();
beforeAll(() => at.start(), 60_000);
afterEach(() => at.check(), 40_000);
afterAll(() => at.close());

describe('garbage', () => {
  it('closes the connection on the HTTP port', async () => {
    const from = at.log.length;
    const starts: (() => Uint8Array)[] = [
      () => randomBytes(1 + Math.floor(Math.random() * 4_000)),
      // A TLS ClientHello, sent to a server without TLS.
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
      const socket = at.connectTcp();
      socket.write(starts[i % starts.length]?.() ?? '');
      return socket;
    });
    await Promise.all(sockets.map(socketClosed));
    expect(at.logLinesSince(from)).toEqual([]);
  });

  it('is refused in WebSocket upgrades', async () => {
    const from = at.log.length;
    const before = await at.refusalCount('request');
    const heads = [
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: nonsense\r\nSec-WebSocket-Protocol: qmux-02.moq-lite-05',
      'Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: qmux-02.moq-lite-05',
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: chat',
      'Sec-WebSocket-Version: 13',
    ];
    for (let i = 0; i < 40; i += 1) {
      const socket = at.connectTcp();
      let answer = '';
      socket.on('data', (data) => {
        answer += data;
      });
      const head = heads[i % heads.length];
      socket.write(
        `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${head}\r\n\r\n`,
      );
      await socketClosed(socket);
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    }
    expect(await at.refusalCount('request')).toBe(before + 20);
    expect(at.logLinesSince(from)).toEqual([]);
  });

  it('does no harm in WebSocket frames and QMux records', async () => {
    const sent: ((socket: WebSocket) => void)[] = [
      (socket) => socket.send(randomBytes(200)),
      (socket) => socket.send('text'),
      (socket) => socket.send(randomBytes(2_000_000)),
      (socket) => socket.send(new Uint8Array()),
      // A record whose stream frame declares more bytes than it contains.
      (socket) => socket.send(Buffer.from('0e00ffffffffffffffff00', 'hex')),
      // A WebSocket frame that declares a length of 2^62 bytes, written to the socket without the `ws`
      // library.
      (socket) => rawOf(socket).write(Buffer.from('82fe7fff00000000', 'hex')),
      (socket) => rawOf(socket).write(Buffer.from('82ff4000000000000000aabbccdd', 'hex')),
      (socket) => rawOf(socket).write(randomBytes(1_000)),
    ];
    for (const protocol of ['qmux-02.moq-lite-05', 'qmux-01.moq-lite-04', 'qmux-00.moql']) {
      for (const send of sent) {
        const socket = await at.openWebSocket(protocol);
        send(socket);
        // The relay may keep a session with valid framing open until the handshake deadline, so do not wait
        // for that.
        await Promise.race([webSocketClosed(socket), sleep(500)]);
        socket.terminate();
      }
    }
  }, 60_000);

  it('is ignored on the QUIC ports', async () => {
    const from = at.log.length;
    const udpPorts = [
      ...(at.relay.webTransport ? [Number(new URL(at.relay.webTransport).port)] : []),
      ...parseTicket(`${at.ownTicket}x`).ipAddrs.map((addr) => Number(addr.split(':').at(-1))),
    ];
    const udp = createSocket('udp4');
    at.own({ close: () => udp.close() });
    for (const to of udpPorts) {
      for (let i = 0; i < 2_000; i += 1) {
        const packet = randomBytes(1 + Math.floor(Math.random() * 1_400));
        // Half of the packets look like an Initial packet of QUIC version 1.
        if (i % 2 === 0 && packet.byteLength > 20) packet.set(Buffer.from('c00000000108', 'hex'));
        udp.send(packet, to, '127.0.0.1');
        if (i % 100 === 0) await sleep(5);
      }
    }
    expect(at.logLinesSince(from)).toEqual([]);
    // Checks that the relay still accepts peers.
    const peer = at.own(await overIroh(`${at.ownTicket}${at.bystanders.name}`));
    expect(await at.readBystanderNumber(peer)).toBeGreaterThanOrEqual(0);
  }, 30_000);

  it('does no harm on unidirectional and bidirectional iroh streams', async () => {
    const transport = await at.dialIroh();
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

describe('protection against false lengths', () => {
  it('tolerates announcements, subscriptions and groups over iroh that declare 1 GB and never arrive', async () => {
    const transport = await at.dialIroh();
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

  it('affects only its own viewers if a frame over WebSocket declares 1 GB', async () => {
    const publisher = at.own(await overWebSocket(at.relay.url));
    publisher.established.publish(Path.from('liar'), at.own(broadcastWithFalseLength(publisher)));
    const viewer = at.own(await overWebSocket(at.relay.url));
    await sleep(300);
    const track = viewer.established.consume(Path.from('liar')).subscribe('video');
    const group = await Promise.race([track.recvGroup().catch(() => undefined), sleep(2_000)]);
    const frame = await Promise.race([group?.readFrame().catch(() => undefined), sleep(2_000)]);
    expect(frame).toBeUndefined();
  }, 30_000);
});

describe('protection against floods', () => {
  it('disconnects clients that send endless request heads or never start their sessions', async () => {
    const from = at.log.length;
    const slow = Array.from({ length: 150 }, () => {
      const socket = at.connectTcp();
      socket.write('GET / HTTP/1.1\r\n');
      const timer = setInterval(() => socket.write('x'), 500);
      socket.once('close', () => clearInterval(timer));
      return socket;
    });
    const silent = await Promise.all(Array.from({ length: 40 }, () => at.openWebSocket('qmux-02.moql')));
    await sleep(2_000);
    await at.bystanders.expectUndisturbed();
    await Promise.all([...slow.map(socketClosed), ...silent.map(webSocketClosed)]);
    expect(at.logLinesSince(from)).toEqual([]);
  }, 40_000);

  it('limits the connections of one client, while other clients can still connect', async () => {
    const sockets = Array.from({ length: 400 }, () => at.connectTcp());
    await waitFor(
      'some are dropped',
      () => sockets.filter((socket) => socket.destroyed).length >= 140,
      10_000,
    );
    const other = at.own(await overWebSocket(at.relay.url));
    expect(await at.readBystanderNumber(other)).toBeGreaterThanOrEqual(0);
  }, 30_000);

  it('closes a session that announces 10,000 broadcasts, and logs this once', async () => {
    const from = at.log.length;
    const before = await at.refusalCount('announcements');
    const flood = at.own(await overWebSocket(at.relay.url));
    // The client might be too busy to read the close reason before its socket closes.
    const closed = flood.transport.closed.then(
      () => true,
      () => true,
    );
    for (let i = 0; i < 10_000; i += 1) {
      flood.established.publish(Path.from(`flood/${i}`), new Broadcast.Producer());
      // Without pauses, a busy relay might first refuse the number of WebSocket messages.
      if (i % 100 === 99 && (await Promise.race([closed, sleep(20)]))) break;
    }
    await closed;
    await waitFor('the refusal', async () => (await at.refusalCount('announcements')) === before + 1);
    const lines = () => at.logLinesSince(from).filter((line) => !line.includes('broadcast "flood/'));
    await waitFor('the log line', () => lines().length > 0);
    expect(lines()).toHaveLength(1);
    // The log also contains the names of the first broadcasts that went live before the session was closed.
    expect(at.logLinesSince(from).length).toBeLessThanOrEqual(61);
  }, 40_000);

  it.each(['websocket', 'iroh'])(
    'limits 1,000 abandoned streams over %s',
    async (kind) => {
      const transport =
        kind === 'iroh'
          ? await at.dialIroh()
          : at.own(await overWebSocket(at.relay.url, '/', 'moq-lite-04')).transport;
      let opened = 0;
      const openings = Array.from({ length: 1_000 }, async (_, i) => {
        const stream =
          i % 2 === 0
            ? await transport.createUnidirectionalStream()
            : (await transport.createBidirectionalStream()).writable;
        opened += 1;
        const writer = stream.getWriter();
        writer.closed.catch(() => undefined);
        // The start of a message that never continues.
        await writer.write(Uint8Array.of(i % 2 === 0 ? 0 : 2, 0x7f));
      });
      void Promise.allSettled(openings);
      await sleep(2_000);
      // The limit is 256 streams of each kind.
      expect(opened).toBeLessThanOrEqual(512);
      await at.bystanders.expectUndisturbed();
    },
    30_000,
  );
});

function rawOf(socket: WebSocket): Socket {
  return Reflect.get(socket, '_socket') as Socket;
}

/** Creates a broadcast that answers a subscription with a group whose frame claims to be 1 GB. */
function broadcastWithFalseLength({ transport }: Client): Broadcast.Producer {
  const broadcast = new Broadcast.Producer();
  const run = async () => {
    for (;;) {
      const request = await broadcast.requested();
      if (!request) return;
      request.accept({ latencyMax: 1_000 });
      const writer = (await transport.createUnidirectionalStream()).getWriter();
      writer.closed.catch(() => undefined);
      // The fields are subscription 0, group 0, time 0 and a frame of 1 GB.
      await writer.write(Buffer.concat([Varint.encode(0), message(0, 0), encode(0), encode(2 ** 30)]));
      await writer.write(randomBytes(100_000));
    }
  };
  run().catch(() => undefined);
  return broadcast;
}
