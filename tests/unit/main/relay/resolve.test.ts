import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resolveHost } from '../../../../main/relay/resolve.ts';

let folder: string;
let hostsFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-hosts-'));
  hostsFile = join(folder, 'hosts');
  await writeFile(hostsFile, '127.0.0.1 localhost\n127.0.1.1\tThis.example.org this # its own name\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** A DNS server; `answer` gives the addresses of a kind (1: IPv4, 28: IPv6), or undefined for silence. */
async function dns(answer: (kind: number) => readonly (readonly number[])[] | undefined): Promise<string[]> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (question, { address, port }) => {
    const nameEnd = question.indexOf(0, 12) + 1;
    const kind = question.readUInt16BE(nameEnd);
    const found = answer(kind);
    if (!found) return;
    const head = Buffer.from(question.subarray(0, 12));
    // RFC 1035, section 4.1.1: an answer, recursion available; one question, so many answers, nothing else.
    head.writeUInt16BE(0x8180, 2);
    for (const [at, count] of [1, found.length, 0, 0].entries()) head.writeUInt16BE(count, 4 + 2 * at);
    const records = found.map((ip) =>
      Buffer.from([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 1, 0, ip.length, ...ip]),
    );
    socket.send(Buffer.concat([head, question.subarray(12, nameEnd + 4), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return [`127.0.0.1:${socket.address().port}`];
}

const V6 = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 1];

describe('the addresses of a host name', () => {
  it('are those of both kinds, and what the system’s own file says', async () => {
    const servers = await dns((kind) => (kind === 1 ? [[8, 8, 8, 8]] : [V6]));
    const options = { servers, hostsFile };
    expect(await resolveHost('relay.example.org', options)).toEqual(['8.8.8.8', '2001:db8::1']);
    expect(await resolveHost('this.example.org', options)).toEqual(['8.8.8.8', '2001:db8::1', '127.0.1.1']);
    const alone = { servers: await dns((kind) => (kind === 1 ? [[8, 8, 8, 8]] : [])), hostsFile };
    expect(await resolveHost('relay.example.org', alone)).toEqual(['8.8.8.8']);
  });

  it('are none when one kind is kept back: it could be anything later', async () => {
    const servers = await dns((kind) => (kind === 1 ? [[8, 8, 8, 8]] : undefined));
    expect(await resolveHost('relay.example.org', { servers, hostsFile, timeoutMs: 300 })).toEqual([]);
  });

  it('hold up nothing else while a server is silent', async () => {
    const servers = await dns(() => undefined);
    const waiting = Array.from({ length: 16 }, (_, i) =>
      resolveHost(`r${i}.example.org`, { servers, hostsFile, timeoutMs: 1_000 }),
    );
    const sinceMs = performance.now();
    await readFile(hostsFile);
    expect(performance.now() - sinceMs).toBeLessThan(800);
    expect((await Promise.all(waiting)).flat()).toEqual([]);
  });
});
