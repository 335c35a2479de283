import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { log } from '../../../../main/base/log.ts';
import { LiveEndpoint } from '../../../../main/endpoint/endpoint.ts';
import { openAtLastPort } from '../../../../main/endpoint/last-port.ts';
import { closeAfterEach } from '../../../support/own.ts';

const own = closeAfterEach();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'last-port-'));
  return async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  };
});

/** Opens an endpoint as the app does. */
async function open(bind: string | undefined): Promise<LiveEndpoint> {
  const endpoint = await openAtLastPort(folder, bind, (addr) =>
    LiveEndpoint.open({
      secretKey: new Uint8Array(32).fill(7),
      relay: 'disabled',
      ...(addr ? { bind: addr } : {}),
    }),
  );
  return own(endpoint);
}

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** Takes a free UDP port on IPv4 loopback, as another program would. Returns the port. */
async function takePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'listening');
  return socket.address().port;
}

const saved = async (): Promise<unknown> => JSON.parse(await readFile(join(folder, 'endpoint.json'), 'utf8'));

describe('openAtLastPort', () => {
  it('opens the ports of the last run again', async () => {
    const first = await open('127.0.0.1:0');
    const ports = { port: first.port, ipv6Port: first.ipv6Port };
    expect(await saved()).toEqual(ports);
    await first.close();
    // The closed endpoint keeps its ports until it is garbage-collected, so this run uses other ports.
    const free = await takePort();
    sockets.pop()?.close();
    await writeFile(join(folder, 'endpoint.json'), JSON.stringify({ port: free, ipv6Port: null }));
    expect((await open('127.0.0.1:0')).port).toBe(free);
  });

  it('opens other ports if another program uses those of the last run, and logs no advice', async () => {
    const taken = await takePort();
    await writeFile(join(folder, 'endpoint.json'), JSON.stringify({ port: taken, ipv6Port: null }));
    const info = vi.spyOn(log, 'info');
    const endpoint = await open('127.0.0.1:0');
    expect(endpoint.port).not.toBe(taken);
    expect(await saved()).toMatchObject({ port: endpoint.port });
    expect(info.mock.calls).toEqual([
      [
        `127.0.0.1:${taken} cannot be used again: The address 127.0.0.1:${taken} is in use by another program.`,
      ],
    ]);
  });

  it('says once how to choose another address if a configured one cannot be used', async () => {
    const taken = await takePort();
    await expect(open(`127.0.0.1:${taken}`)).rejects.toMatchObject({
      reason: 'address-taken',
      message: `The address 127.0.0.1:${taken} is in use by another program. Choose another address with --iroh-bind.`,
    });
    await expect(open('203.0.113.9:0')).rejects.toMatchObject({
      reason: 'bad-address',
      message:
        'This machine does not have the address 203.0.113.9:0. Choose another address with --iroh-bind.',
    });
  });
});
