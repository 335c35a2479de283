import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { WebSocketServer } from 'ws';
import { LIVE_PREFIX, MEDIA_PROTOCOL, type MediaSocket } from '../../../common/bridge/bridge.ts';
import { MEDIA_PATH, MEDIA_SUBPROTOCOL } from '../../../common/bridge/frames.ts';
import { windowGrants } from '../../../main/origin/grants.ts';
import { Origin } from '../../../main/origin/origin.ts';
import { Session } from '../../../main/origin/session.ts';
import { acceptQmux } from '../../../main/transport/qmux.ts';

const HTML = `<!doctype html><html lang="en"><meta charset="utf-8"><title>media</title>
<canvas width="2" height="2" style="width:640px"></canvas><script type="module" src="page.js"></script></html>`;

/**
 * A content security policy that allows only what the window's media code needs. The worklet and the timer
 * worker are loaded from blobs.
 */
const CSP =
  "default-src 'none'; script-src 'self' blob:; worker-src 'self' blob:; style-src 'unsafe-inline'; media-src 'self' blob:; connect-src 'self'";

/** A running server of the media page. */
export interface MediaPageServer {
  url: string;
  /** The Origin that the page's sessions use. */
  origin: Origin;
  close(): Promise<void>;
}

/** Serves the media page on loopback and connects its media channel to main's real Origin. */
export async function serveMediaPage(): Promise<MediaPageServer> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('./page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    splitting: true,
    outdir: 'out',
    platform: 'browser',
    target: 'chrome108',
    logLevel: 'error',
  });
  const files = new Map<string, Uint8Array>();
  for (const file of bundle.outputFiles) files.set(`/${file.path.split('/').at(-1)}`, file.contents);
  const origin = new Origin();
  const sessions = new Set<Session>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const script = files.get(pathname);
    if (pathname !== '/' && !script) {
      response.writeHead(404).end();
      return;
    }
    const type = script ? 'text/javascript' : 'text/html; charset=utf-8';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP }).end(script ?? HTML);
  });
  const sockets = new WebSocketServer({
    server,
    path: `/${MEDIA_PATH}`,
    handleProtocols: () => MEDIA_SUBPROTOCOL,
  });
  sockets.on('connection', (socket) => {
    socket.on('error', () => socket.terminate());
    const transport = acceptQmux(socket as unknown as MediaSocket, MEDIA_PROTOCOL);
    Session.accept(transport, { origin, grants: windowGrants(LIVE_PREFIX), label: 'page' }).then(
      (session) => {
        sessions.add(session);
        session.scope.own(() => void sessions.delete(session));
      },
      () => socket.terminate(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    origin,
    close: async () => {
      await Promise.all([...sessions].map((session) => session.close()));
      for (const socket of sockets.clients) socket.terminate();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
