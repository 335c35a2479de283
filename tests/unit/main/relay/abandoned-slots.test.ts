import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { formatTicket } from '../../../../common/ticket/ticket.ts';
import { type Access, Authorizer } from '../../../../main/relay/access/auth.ts';
import { selfSignedSource } from '../../../../main/relay/certificates/certificates.ts';
import { HttpServer } from '../../../../main/relay/http/http-server.ts';
import { HttpRoutes } from '../../../../main/relay/http/routes.ts';
import { WebTransportServer } from '../../../../main/relay/sessions/web-transport-server.ts';
import { WebSocketAcceptor } from '../../../../main/relay/sessions/websocket.ts';
import type { AddonRequest, AddonServer } from '../../../../main/transport/web-transport-addon.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { waitFor } from '../../../support/wait.ts';

/**
 * A client that disconnects during authorization must release its slot. Otherwise, a few hundred such clients
 * would use up all slots of a relay.
 */
const own = closeAfterEach();

const TICKET = formatTicket({
  endpointId: '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
  relayUrls: [],
  ipAddrs: ['127.0.0.1:1'],
  broadcastName: 'hello',
});
const FULL_ACCESS: Access = {
  root: Path.empty(),
  read: [Path.empty()],
  publish: [],
  pull: true,
  expiresAtMs: null,
  token: null,
};
const shared = {
  bind: '127.0.0.1:0',
  optionName: '--bind',
  tls: null,
  sessions: 64,
  sessionsPerClient: 8,
  trustProxy: false,
};

/** An authorizer that responds when the given promise resolves. */
class SlowAuthorizer extends Authorizer {
  readonly #access: Promise<Access>;
  readonly called = Promise.withResolvers<void>();

  constructor(access: Promise<Access>) {
    super({ keys: () => [], publicRead: [''], publicPublish: [], allowPull: true });
    this.#access = access;
  }

  override authorize(): Promise<Access> {
    this.called.resolve();
    return this.#access;
  }
}

function routesWith(
  auth: Authorizer,
  enter: (request: IncomingMessage) => (() => void) | undefined,
): HttpRoutes {
  return own(
    new HttpRoutes({
      webRoot: '/nowhere',
      auth,
      relayInfo: () => ({
        version: 'test',
        endpointId: '',
        ticketBase: '',
        webTransport: null,
        certificateSha256: null,
      }),
      quicPort: () => null,
      pullReport: () => ({ state: 'released', failure: null, message: '', readers: 0, upstream: null }),
      onPullChange: () => () => undefined,
      notReady: () => null,
      broadcasts: () => [],
      metrics: async () => ({ type: '', text: '' }),
      acquireStream: enter,
    }),
  );
}

describe('a client that has disconnected', () => {
  it('releases its slot for a WebSocket', async () => {
    const acceptor = own(new WebSocketAcceptor({ maxStreams: 8, run: async () => undefined }));
    const { promise: released, resolve } = Promise.withResolvers<string>();
    const server = own(
      await HttpServer.open({
        ...shared,
        handle: async () => undefined,
        handleUpgrade: async (request, connection, head) => {
          connection.destroy();
          await once(connection, 'close');
          acceptor.accept(request, connection, head, {
            client: 'c',
            access: FULL_ACCESS,
            publisher: [],
            requestedPath: null,
            release: () => resolve('released'),
          });
        },
      }),
    );
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    expect(await released).toBe('released');
  });

  it('releases its slot for an event stream', async () => {
    const access = Promise.withResolvers<Access>();
    const auth = new SlowAuthorizer(access.promise);
    let slotsInUse = 0;
    const routes = routesWith(auth, () => {
      slotsInUse += 1;
      return () => {
        slotsInUse -= 1;
      };
    });
    const handled = Promise.withResolvers<void>();
    const server = own(
      await HttpServer.open({
        ...shared,
        handle: async (request, response) => {
          response.once('close', () => access.resolve(FULL_ACCESS));
          await routes.handle(request, response);
          handled.resolve();
        },
      }),
    );
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET /pull-events?name=${encodeURIComponent(TICKET)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await auth.called.promise;
    socket.destroy();
    await handled.promise;
    expect(slotsInUse).toBe(0);
  });

  // A fake addon is needed, because the real one does not run on every system that runs the tests, and cannot lose a
  // client on demand.
  it('releases its slot for WebTransport', async () => {
    let released = 0;
    const request: AddonRequest = {
      url: Promise.resolve('https://relay.example/'),
      ok: () => Promise.reject(new Error('connection lost')),
      reject: async () => undefined,
    };
    const requests = [request];
    const ended = Promise.withResolvers<null>();
    const listening: AddonServer = {
      accept: async () => requests.pop() ?? ended.promise,
      close: () => undefined,
    };
    const fakeClient = {
      connect: async () => {
        ended.resolve(null);
        throw new Error('not connected in this test');
      },
    };
    const server = own(
      WebTransportServer.open({
        addon: {
          NapiServer: { bind: () => listening },
          NapiClient: { withSystemRoots: () => fakeClient, withCertificateHashes: () => fakeClient },
        },
        bind: '127.0.0.1:1',
        certificates: own(await selfSignedSource()),
        admit: async () => ({
          run: async () => undefined,
          release: () => {
            released += 1;
          },
        }),
      }),
    );
    await waitFor('the slot is released', () => released === 1);
    await server.close();
  });
});
