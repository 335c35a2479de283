import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Iroh Live</title>
<link rel="stylesheet" href="page.css">
</head>
<body><div id="root"></div><script type="module" src="page.js"></script></body>
</html>`;

/**
 * This content security policy is as strict as the app's own, so that the tests detect components that
 * violate it.
 */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'";

/** A server for the harness page. */
export interface UiPage {
  url: string;
  close(): Promise<void>;
}

/** Builds the harness page, which renders the window's components on fakes, and serves it on loopback. */
export async function serveUiPage(): Promise<UiPage> {
  const result = await build({
    entryPoints: { page: fileURLToPath(new URL('./page.tsx', import.meta.url)) },
    bundle: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    platform: 'browser',
    // The oldest engine with which the window is tested (Electron 22).
    target: 'chrome108',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  const files = new Map<string, { type: string; body: string | Uint8Array }>([
    ['/', { type: 'text/html; charset=utf-8', body: HTML }],
  ]);
  for (const file of result.outputFiles) {
    const name = file.path.endsWith('.css') ? '/page.css' : '/page.js';
    files.set(name, { type: name.endsWith('.css') ? 'text/css' : 'text/javascript', body: file.contents });
  }
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': file.type, 'content-security-policy': CSP }).end(file.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
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
