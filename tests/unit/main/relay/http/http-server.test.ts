import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSelfSigned } from '../../../../../main/relay/certificates/self-signed.ts';
import { HttpServer } from '../../../../../main/relay/http/http-server.ts';

let server: HttpServer | undefined;
afterEach(() => server?.close());

describe('the relay’s HTTP server', () => {
  it('cuts off a client that does not read its response', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<string>();
    server = await HttpServer.open({
      bind: '127.0.0.1:0',
      optionName: '--http-bind',
      tls: null,
      sessions: 64,
      sessionsPerClient: 8,
      trustProxy: false,
      idleMs: 300,
      handle: async (_, response) => {
        response.once('close', () => resolve(response.writableFinished ? 'sent' : 'cut off'));
        // The response is larger than the system's buffers, so it stays unfinished while the client does not
        // read.
        response.end(Buffer.alloc(32 * 1024 * 1024));
      },
    });
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await closed).toBe('cut off');
    socket.destroy();
  });

  it('closes in time even if a client whose upgrade was refused keeps its half of the connection open', async () => {
    const opened = await HttpServer.open({
      bind: '127.0.0.1:0',
      optionName: '--http-bind',
      tls: null,
      sessions: 64,
      sessionsPerClient: 8,
      trustProxy: false,
      handle: async (_, response) => void response.end(),
    });
    server = opened;
    const socket = connect({ port: opened.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    await once(socket, 'end');
    expect(answer).toMatch(/^HTTP\/1\.1 404 .*upgrades are not supported here\n$/s);
    const startedMs = performance.now();
    await opened.close();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    socket.destroy();
  }, 5_000);

  it('sends HSTS only with a publicly trusted certificate', async () => {
    const { cert, key } = await makeSelfSigned(60_000);
    const hstsOf = async (publiclyTrusted: boolean): Promise<unknown> => {
      // No authority issues certificates for tests, so the source only claims that this one is trusted.
      const tls = { current: () => ({ cert, key, publiclyTrusted }), onRenewed: () => () => undefined };
      const opened = await HttpServer.open({
        ...{ bind: '127.0.0.1:0', optionName: '--http-bind', tls, trustProxy: false },
        ...{ sessions: 64, sessionsPerClient: 8 },
        handle: async (_, response) => void response.end(),
      });
      try {
        const request = get(opened.url, { rejectUnauthorized: false, agent: false });
        const [response] = (await once(request, 'response')) as [IncomingMessage];
        response.resume();
        return response.headers['strict-transport-security'];
      } finally {
        await opened.close();
      }
    };
    expect(await hstsOf(true)).toBe('max-age=15552000');
    expect(await hstsOf(false)).toBeUndefined();
  });
});
