import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { RelayInfo } from '../../../../common/relay/relay-schemas.ts';
import { RelayClient } from '../../../../renderer/web/relay-client.ts';

const INFO: RelayInfo = {
  version: '1',
  endpointId: '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
  ticketBase: 'iroh-live:x/',
  webTransport: null,
  certificateSha256: null,
  publish: [],
  read: [''],
  publicRead: [''],
  mayPull: true,
};

let server: Server | undefined;
afterEach(() => server?.close());

describe('an unreachable relay', () => {
  it('is reported with a message for the user, independent of the browser’s own message', async () => {
    // Nothing listens on port 1 of the loopback address.
    const relay = new RelayClient(new URL('http://127.0.0.1:1/?jwt=token'));
    await expect(relay.fetchInfo(AbortSignal.timeout(5_000))).rejects.toThrow(
      /^The relay is not responding\.$/,
    );
  });
});

describe('concurrent requests for the relay’s info', () => {
  it('share one request, which continues after the first caller aborts', async () => {
    let requests = 0;
    server = createServer((_, response) => {
      requests += 1;
      setTimeout(() => response.end(JSON.stringify(INFO)), 50);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const relay = new RelayClient(new URL(`http://127.0.0.1:${port}/`));
    const leaving = new AbortController();
    const first = relay.fetchInfo(leaving.signal);
    leaving.abort(new Error('left'));
    const second = relay.fetchInfo(AbortSignal.timeout(5_000));
    await expect(first).rejects.toThrow('left');
    expect(await second).toEqual(INFO);
    expect(requests).toBe(1);
  });
});
