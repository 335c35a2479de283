import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../../common/base/errors.ts';
import type { AppCore, Handlers } from '../../app/app-core.ts';
import { log } from '../../base/log.ts';
import { pageHeaders, readPage } from '../../base/page.ts';
import { WindowHub } from '../window-hub.ts';
import { BrowserAuth } from './browser-auth.ts';
import { BrowserSockets } from './browser-sockets.ts';

/** The loopback address, so that no other machine can reach the server. */
const ADDRESS = '127.0.0.1';
/** Maximum number of connections. A browser opens six per host, plus the WebSockets of each tab. */
const MAX_CONNECTIONS = 256;
/** How long sockets may take to close cleanly before they are terminated, in milliseconds. */
const CLOSE_MS = 500;

/** Configuration of the browser host's server. */
export interface BrowserServerOptions {
  core: AppCore;
  /** The bridge methods that the host implements itself. */
  own: Omit<Handlers, keyof AppCore['handlers']>;
  /** The TCP port; 0 means any free port. */
  port: number;
  /** Folder of the window's page. */
  root: string;
  heartbeatMs?: number;
  maxSockets?: number;
}

/** The browser host's running server. */
export interface BrowserServer {
  /** The page's URL, including the token. */
  readonly url: string;
  readonly port: number;
  readonly hub: WindowHub;
  /** Creates a URL whose token works only once. */
  launchUrl(): string;
  close(): Promise<void>;
}

/**
 * Serves the window's page, the bridge and the media channels on loopback.
 *
 * @throws Error that names the port if the port cannot be used
 */
export async function startBrowserServer(options: BrowserServerOptions): Promise<BrowserServer> {
  const server = createServer();
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listen(server, options.port);
  const auth = new BrowserAuth(port);
  const hub = new WindowHub(options.core, options.own);
  const sockets = new BrowserSockets({
    auth,
    hub,
    attachMedia: (socket) => options.core.attachMedia(socket),
    ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
    ...(options.maxSockets === undefined ? {} : { maxSockets: options.maxSockets }),
  });
  const headers = pageHeaders({ connect: [`ws://127.0.0.1:${port}`, `ws://localhost:${port}`] });
  server.on('request', (request, response) => {
    answer(request, response, auth, options.root, headers).catch((error: unknown) => {
      log.error('browser host: %s %s: %s', request.method, request.url?.split('?', 1)[0], messageOf(error));
      if (!response.headersSent) response.writeHead(500, headers);
      response.end();
    });
  });
  server.on('upgrade', (request, connection, head) => sockets.upgrade(request, connection, head));
  server.on('error', (error) => log.error('browser host: %s', error.message));
  return {
    url: auth.url,
    port,
    hub,
    launchUrl: () => auth.launchUrl(),
    close: async () => {
      hub.close();
      sockets.close();
      const closed = new Promise<void>((done) => server.close(() => done()));
      const timer = setTimeout(() => {
        sockets.terminate();
        server.closeAllConnections();
      }, CLOSE_MS);
      server.closeIdleConnections();
      await closed;
      clearTimeout(timer);
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'another program uses it'
          : error.code === 'EACCES'
            ? 'it requires special permissions'
            : error.message;
      fail(
        new Error(`Port ${port} on ${ADDRESS} cannot be used: ${why}. Choose another with --port.`, {
          cause: error,
        }),
      );
    });
    server.listen({ port, host: ADDRESS, exclusive: true }, () => {
      server.removeAllListeners('error');
      done((server.address() as AddressInfo).port);
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  auth: BrowserAuth,
  root: string,
  headers: Record<string, string>,
): Promise<void> {
  const respond = (status: number, text: string, more: Record<string, string> = {}) => {
    response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8', ...more });
    response.end(request.method === 'HEAD' ? undefined : `${text}\n`);
  };
  if (!auth.isHostAllowed(request)) return respond(421, 'This server does not serve that host name.');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return respond(405, 'Only GET and HEAD are allowed.', { allow: 'GET, HEAD' });
  const url = parseUrl(request.url ?? '/', auth.origin);
  if (!url) return respond(400, 'The request target is not valid.');
  const token = url.pathname === '/' ? url.searchParams.get('token') : null;
  if (token !== null) {
    if (!auth.redeemToken(token))
      return respond(403, 'This address is no longer valid. Open the one that the app printed last.');
    return respond(303, 'Welcome.', { 'set-cookie': auth.setCookie, location: auth.base });
  }
  if (!auth.hasCookie(request)) return respond(403, 'Open the address that the app printed when it started.');
  const path = auth.pagePath(url.pathname);
  const page = path === null ? null : await readPage(root, path);
  if (!page) return respond(404, 'This page does not exist.');
  response.writeHead(200, { ...headers, ...page.headers, 'content-length': String(page.body.byteLength) });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

/** Parses the URL in a request target. Returns null if it is invalid. */
function parseUrl(target: string, origin: string): URL | null {
  // Absolute and scheme-relative targets contain a host name, which may differ from this server's.
  if (!target.startsWith('/') || target.startsWith('//')) return null;
  try {
    return new URL(target, origin);
  } catch {
    return null;
  }
}
