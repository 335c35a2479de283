import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpServer } from '../../../../main/relay/http.ts';

let server: HttpServer | undefined;
afterEach(() => server?.close());

describe('the relay’s HTTP server', () => {
  it('cuts off a client that does not read its answer', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<string>();
    server = await HttpServer.open({
      bind: '127.0.0.1:0',
      option: '--http-bind',
      certificates: null,
      sessionsPerClient: 8,
      trustProxy: false,
      idleMs: 300,
      answer: async (_, response) => {
        response.once('close', () => resolve(response.writableFinished ? 'sent' : 'cut off'));
        // More than the system's own buffers take.
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
});
