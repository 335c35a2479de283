import type { Connection } from '@number0/iroh';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BundleTransport } from '../../main/transport/bundle/bundle-transport.ts';
import { joinSession } from '../../main/transport/bundle/join.ts';
import { BUNDLE_ALPN, BUNDLE_JOIN_ALPN, MAX_RECORD_BYTES } from '../../main/transport/bundle/protocol.ts';
import {
  type ControlMessage,
  encodeHeader,
  encodeMessage,
  type Header,
} from '../../main/transport/bundle/record-format.ts';
import { type BundlePair, stripedPair } from '../support/bundle-pair.ts';
import { sleep, waitFor } from '../support/wait.ts';

let pair: BundlePair;
beforeEach(async () => {
  pair = await stripedPair(2);
});
afterEach(() => pair.dispose());

const isOpen = (transport: BundleTransport) => transport.closeReason() === undefined;

async function closeText(connection: Connection): Promise<string> {
  return connection.closed();
}

describe('a hostile peer that opens additional connections', () => {
  it('is refused without the secret, with a wrong one, and with one of the wrong length', async () => {
    for (const secret of [new Uint8Array(), new Uint8Array(32), new Uint8Array(33)]) {
      const connection = await pair.dial(BUNDLE_JOIN_ALPN);
      await expect(joinSession(connection, secret)).rejects.toThrow();
      expect(await closeText(connection)).toContain('no such session');
    }
    expect(pair.server.connectionCount).toBe(2);
  });

  it('is refused with the right secret of another endpoint', async () => {
    const connection = await pair.dialFromStranger(BUNDLE_JOIN_ALPN);
    await expect(joinSession(connection, secretOf(pair))).rejects.toThrow();
    expect(pair.server.connectionCount).toBe(2);
  });

  it('is closed if it never presents a secret', async () => {
    const connection = await pair.dial(BUNDLE_JOIN_ALPN);
    expect(await closeText(connection)).toContain('no such session');
  });

  it('gets no more connections than allowed', async () => {
    const joined: Connection[] = [];
    for (let i = 0; i < 6; i += 1) {
      const connection = await pair.dial(BUNDLE_JOIN_ALPN);
      const result = await joinSession(connection, secretOf(pair)).catch((error: unknown) => error);
      if (!result) joined.push(connection);
    }
    expect(joined).toHaveLength(2);
    expect(pair.server.connectionCount).toBe(4);
    expect(isOpen(pair.server)).toBe(true);
  });

  it('cannot keep many connections waiting for their secret', async () => {
    const connections = await Promise.all(Array.from({ length: 8 }, () => pair.dial(BUNDLE_JOIN_ALPN)));
    await waitFor(
      'five are closed',
      () => connections.filter((each) => each.closeReason() !== null).length >= 5,
    );
    expect(isOpen(pair.server)).toBe(true);
  });

  it('cannot join a session before the secret was sent', async () => {
    const session = await pair.dialFromStranger(BUNDLE_ALPN);
    const connection = await pair.dialFromStranger(BUNDLE_JOIN_ALPN);
    await expect(joinSession(connection, new Uint8Array(32))).rejects.toThrow();
    session.close(0n, []);
  });
});

describe('a hostile peer that sends records', () => {
  /** A raw session of a stranger, and what it has sent. */
  async function rawSession(): Promise<Raw> {
    const connection = await pair.dialFromStranger(BUNDLE_ALPN);
    return { connection, closed: connection.closed() };
  }

  const record = (stream: number, offset: number, isLast = false, sequence = 0): Header => ({
    kind: 'record',
    sequence,
    stream,
    offset,
    isLast,
  });

  it.each<[string, (raw: Raw) => Promise<unknown>]>([
    ['a stream without a header', ({ connection }) => write(connection, [])],
    ['an unknown kind of stream', ({ connection }) => write(connection, [77, 1, 2])],
    ['a stream far ahead of the others', ({ connection }) => sendRecord(connection, record(1_000_000, 0))],
    [
      'a record that is too long',
      ({ connection }) => sendRecord(connection, record(0, 0), MAX_RECORD_BYTES + 1),
    ],
    [
      'data after the end of a stream',
      async ({ connection }) => {
        await sendRecord(connection, record(0, 10, true));
        await sendRecord(connection, record(0, 100));
      },
    ],
    [
      'two ends of a stream',
      async ({ connection }) => {
        await sendRecord(connection, record(0, 10, true));
        await sendRecord(connection, record(0, 20, true));
      },
    ],
    [
      'two QUIC streams for one stream',
      async ({ connection }) => {
        await write(connection, [...encodeHeader({ kind: 'whole', stream: 0 }), 1], false);
        await write(connection, [...encodeHeader({ kind: 'whole', stream: 0 }), 1], false);
      },
    ],
    [
      'two control streams',
      async ({ connection }) => {
        await control(connection, { kind: 'want', connections: 1 });
        await control(connection, { kind: 'want', connections: 1 });
      },
    ],
    ['a secret', ({ connection }) => control(connection, { kind: 'secret', secret: new Uint8Array(32) })],
    [
      'a reset of a stream far ahead',
      ({ connection }) => control(connection, { kind: 'reset', stream: 99_999, code: 1 }),
    ],
    ['an end of its control stream', ({ connection }) => write(connection, [3])],
  ])('is disconnected after %s', async (_, attack) => {
    const raw = await rawSession();
    await attack(raw);
    expect(await raw.closed).toContain('protocol violation');
    expect(isOpen(pair.server)).toBe(true);
  });

  it('cannot make the receiver buffer more than the limit with offsets far ahead', async () => {
    const raw = await rawSession();
    for (const offset of [2 ** 40, 10 * 1024 * 1024]) await sendRecord(raw.connection, record(0, offset));
    await sendRecord(raw.connection, record(1, 2 ** 40));
    await sleep(300);
    expect(raw.connection.closeReason()).toBeNull();
    expect(isOpen(pair.server)).toBe(true);
  });

  it('cannot make the receiver buffer more than the limit with many streams that lack their first byte', async () => {
    const raw = await rawSession();
    const before = process.memoryUsage().arrayBuffers;
    let sequence = 0;
    for (let round = 0; round < 100; round += 1) {
      // Each stream gets 30 records of 8 KiB; all streams together would be 24 MiB.
      await Promise.all(
        Array.from({ length: 30 }, (_, i) => {
          sequence += 1;
          return sendRecord(
            raw.connection,
            record(round, 1 + i * MAX_RECORD_BYTES, false, sequence),
            MAX_RECORD_BYTES,
          );
        }),
      );
    }
    await sleep(300);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    expect(isOpen(pair.server)).toBe(true);
  });

  it('gains nothing from messages about unknown records and streams', async () => {
    const raw = await rawSession();
    await control(
      raw.connection,
      { kind: 'ack', sequences: [0, 5, 2 ** 40] },
      { kind: 'stop', stream: 12, code: 1 },
      { kind: 'read', stream: 12, position: 2 ** 40 },
      { kind: 'reset', stream: 12, code: 1 },
      { kind: 'want', connections: 4 },
    );
    await sleep(200);
    expect(raw.connection.closeReason()).toBeNull();
  });

  it.each<[string, (connection: Connection) => Promise<unknown>]>([
    [
      'a stream that is not cut',
      (connection) => write(connection, [...encodeHeader({ kind: 'whole', stream: 500 }), 1]),
    ],
    ['a bidirectional stream', async (connection) => (await connection.openBi()).send.writeAll([1])],
  ])('must not send %s on an additional connection', async (_, send) => {
    const connection = await pair.dial(BUNDLE_JOIN_ALPN);
    await joinSession(connection, secretOf(pair));
    await send(connection);
    expect(await pair.client.closed).toMatchObject({ reason: 'protocol violation' });
  });
});

interface Raw {
  connection: Connection;
  closed: Promise<string>;
}

function secretOf({ server }: BundlePair): Uint8Array {
  if (!server.secret) throw new Error('no secret');
  return server.secret;
}

/** Writes a unidirectional QUIC stream, and ends it unless `end` is false. */
async function write(connection: Connection, bytes: Iterable<number>, end = true): Promise<void> {
  const stream = await connection.openUni();
  const numbers = [...bytes];
  if (numbers.length > 0) await stream.writeAll(numbers);
  if (end) await stream.finish();
}

async function sendRecord(connection: Connection, header: Header, length = 10): Promise<void> {
  await write(connection, [...encodeHeader(header), ...new Uint8Array(length)]);
}

async function control(connection: Connection, ...messages: ControlMessage[]): Promise<void> {
  const bytes = messages.flatMap((message) => [...encodeMessage(message)]);
  await write(connection, [...encodeHeader({ kind: 'control' }), ...bytes], false);
}
