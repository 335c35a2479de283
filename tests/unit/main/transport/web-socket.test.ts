import { once } from 'node:events';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSelfSigned } from '../../../../main/relay/certificates/self-signed.ts';
import { dialWebSocket } from '../../../../main/transport/web-socket.ts';

const open: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of open.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const dial = (url: string) => dialWebSocket(new URL(url), AbortSignal.timeout(5_000));

describe('a failed dial', () => {
  it('is reported as offline if no server listens', async () => {
    await expect(dial('http://127.0.0.1:1/')).rejects.toMatchObject({ reason: 'offline' });
  });

  it('is reported as offline if the connection is lost before the TLS handshake', async () => {
    const port = await listen(createServer((socket) => socket.end()));
    await expect(dial(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ reason: 'offline' });
  });

  it('is reported as incompatible if the certificate is not trusted', async () => {
    const port = await listen(createHttps(await makeSelfSigned(60_000)));
    await expect(dial(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ reason: 'incompatible' });
  });

  it('is reported as incompatible if the server does not speak TLS or HTTP', async () => {
    const port = await listen(createServer((socket) => socket.end('220 mail.example ESMTP\r\n')));
    for (const scheme of ['https', 'http']) {
      await expect(dial(`${scheme}://127.0.0.1:${port}/`)).rejects.toMatchObject({ reason: 'incompatible' });
    }
  });
});
