import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { resolveHost } from '../../../../../main/relay/pulls/resolve-host.ts';

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

/**
 * Starts a DNS server and returns its address. `answer` returns the addresses for a record type (1: A, 28: AAAA), or
 * undefined to send no response.
 */
async function startDns(
  answer: (type: number) => readonly (readonly number[])[] | undefined,
): Promise<string[]> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (query, { address, port }) => {
    const nameEnd = query.indexOf(0, 12) + 1;
    const type = query.readUInt16BE(nameEnd);
    const found = answer(type);
    if (!found) return;
    const header = Buffer.from(query.subarray(0, 12));
    // The header of a response (RFC 1035, section 4.1.1): flags with recursion available, then the record
    // counts: one question, the answers, and no other records.
    header.writeUInt16BE(0x8180, 2);
    for (const [at, count] of [1, found.length, 0, 0].entries()) header.writeUInt16BE(count, 4 + 2 * at);
    const records = found.map((ip) =>
      Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 1, 0, ip.length, ...ip]),
    );
    socket.send(Buffer.concat([header, query.subarray(12, nameEnd + 4), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return [`127.0.0.1:${socket.address().port}`];
}

const V6 = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 1];

describe('the addresses of a host name', () => {
  it('are its IPv4 and IPv6 addresses from DNS and from the hosts file', async () => {
    const servers = await startDns((type) => (type === 1 ? [[8, 8, 8, 8]] : [V6]));
    const options = { servers, hostsFile };
    expect(await resolveHost('relay.example.org', options)).toEqual(['8.8.8.8', '2001:db8::1']);
    expect(await resolveHost('this.example.org', options)).toEqual(['8.8.8.8', '2001:db8::1', '127.0.1.1']);
    const ipv4Only = { servers: await startDns((type) => (type === 1 ? [[8, 8, 8, 8]] : [])), hostsFile };
    expect(await resolveHost('relay.example.org', ipv4Only)).toEqual(['8.8.8.8']);
  });

  it('are empty if the server answers for only one record type, because the other could be private', async () => {
    const servers = await startDns((type) => (type === 1 ? [[8, 8, 8, 8]] : undefined));
    expect(await resolveHost('relay.example.org', { servers, hostsFile, timeoutMs: 300 })).toEqual([]);
  });

  it('do not block other work while a server is silent', async () => {
    const servers = await startDns(() => undefined);
    const waiting = Array.from({ length: 16 }, (_, i) =>
      resolveHost(`r${i}.example.org`, { servers, hostsFile, timeoutMs: 1_000 }),
    );
    const startedMs = performance.now();
    await readFile(hostsFile);
    expect(performance.now() - startedMs).toBeLessThan(800);
    expect((await Promise.all(waiting)).flat()).toEqual([]);
  });
});
