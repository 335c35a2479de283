import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../../common/base/errors.ts';
import type { AppCore, Handlers } from '../../app/app-core.ts';
import { log } from '../../base/log.ts';
import { pageHeaders, readPage } from '../../base/page.ts';
import { WindowHub } from '../window-hub.ts';
import { BrowserAuth } from './browser-auth.ts';
import { BrowserSockets } from './browser-sockets.ts';

/** Loopback only: nobody else on the network can reach it. */
const ADDRESS = '127.0.0.1';
/** A browser opens six connections per host; tabs and WebSockets come on top. */
const MAX_CONNECTIONS = 256;
/** How long sockets get to say goodbye. */
const CLOSE_MS = 500;

export interface BrowserServerOptions {
  core: AppCore;
  /** The calls that a host answers itself. */
  own: Omit<Handlers, keyof AppCore['handlers']>;
  /** 0: any free one. */
  port: number;
  /** The folder of the window's page. */
  root: string;
  heartbeatMs?: number;
  maxSockets?: number;
}

export interface BrowserServer {
  /** With the token. */
  readonly url: string;
  readonly port: number;
  readonly hub: WindowHub;
  launchUrl(): string;
  close(): Promise<void>;
}

/**
 * Serves the window's page, the bridge and the media channel on loopback.
 *
 * @throws Error whose message names the port, when it cannot be had
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
          ? 'another program has it'
          : error.code === 'EACCES'
            ? 'it may not be used without special rights'
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
  const say = (status: number, text: string, more: Record<string, string> = {}) => {
    response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8', ...more });
    response.end(request.method === 'HEAD' ? undefined : `${text}\n`);
  };
  if (!auth.hostAllowed(request)) return say(421, 'This is not the host you are looking for.');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return say(405, 'Only GET.', { allow: 'GET, HEAD' });
  const url = parseUrl(request.url ?? '/', auth.origin);
  if (!url) return say(400, 'Not a URL.');
  const token = url.pathname === '/' ? url.searchParams.get('token') : null;
  if (token !== null) {
    if (!auth.tokenAllowed(token))
      return say(403, 'This address is from an earlier start. Open the one printed last.');
    return say(303, 'Welcome.', { 'set-cookie': auth.setCookie, location: auth.base });
  }
  if (!auth.cookieAllowed(request))
    return say(403, 'Open the address that the app printed when it was started.');
  const path = auth.below(url.pathname);
  const page = path === null ? null : await readPage(root, path);
  if (!page) return say(404, 'There is no such page.');
  response.writeHead(200, { ...headers, ...page.headers, 'content-length': String(page.body.byteLength) });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

function parseUrl(target: string, origin: string): URL | null {
  // Absolute and scheme-relative targets name a host of their own.
  if (!target.startsWith('/') || target.startsWith('//')) return null;
  try {
    return new URL(target, origin);
  } catch {
    return null;
  }
}
