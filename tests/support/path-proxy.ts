import { createServer, request as forward, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A reverse proxy on loopback that serves another server under a path. */
export interface PathProxy {
  /** The URL that serves the other server's `/`, with a final slash. */
  url: string;
  close(): Promise<void>;
}

/**
 * Starts a reverse proxy that serves `upstream` under `path`, like nginx with `location /live/` and a
 * `proxy_pass` that ends with a slash. Forwards WebSockets and keeps the Host header.
 * @param path begins and ends with a slash
 */
export async function startPathProxy(upstream: string, path: string): Promise<PathProxy> {
  const { hostname, port } = new URL(upstream);
  const targetOf = ({ url = '' }: IncomingMessage) =>
    url.startsWith(path) ? `/${url.slice(path.length)}` : null;
  const server = createServer((request, response) => {
    const target = targetOf(request);
    if (target === null) return void response.writeHead(404).end();
    const { method, headers } = request;
    const out = forward({ hostname, port, path: target, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    out.on('error', () => response.destroy());
    response.on('close', () => out.destroy());
    request.pipe(out);
  });
  server.on('upgrade', (request, client, head) => {
    const target = targetOf(request);
    if (target === null) return void client.destroy();
    const lines = request.rawHeaders.flatMap((text, index) =>
      index % 2 === 0 ? [`${text}: ${request.rawHeaders[index + 1]}`] : [],
    );
    const out = connect(Number(port), hostname, () => {
      out.write([`GET ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
      out.write(head);
      out.pipe(client).pipe(out);
    });
    const end = () => {
      out.destroy();
      client.destroy();
    };
    for (const socket of [out, client]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
