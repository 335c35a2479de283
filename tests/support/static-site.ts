import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';

/** A web server on loopback that serves a few fixed files. */
export interface StaticSite {
  url: string;
  close(): Promise<void>;
}

/** Serves `files`, keyed by URL path, from an origin other than the relay's. */
export async function serveStatic(
  files: Readonly<Record<string, { type: string; body: string | Uint8Array }>>,
): Promise<StaticSite> {
  const server = createServer((request, response) => {
    const file = files[new URL(request.url ?? '/', 'http://localhost').pathname];
    if (!file) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': file.type }).end(file.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Serves a third-party page with the published `moq-watch` element, which plays the broadcast `name` from the
 * relay at `url`.
 */
export async function serveMoqWatch(url: string, name: string): Promise<StaticSite> {
  const bundle = await build({
    stdin: { contents: "import '@moq/watch/element';", resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
  });
  return serveStatic({
    '/': {
      type: 'text/html',
      body: `<!doctype html><moq-watch url="${url}" name="${name}">
        <canvas data-testid="watch-canvas" style="width:640px"></canvas></moq-watch>
        <script type="module" src="element.js"></script>`,
    },
    '/element.js': { type: 'text/javascript', body: bundle.outputFiles[0]?.contents ?? '' },
  });
}
