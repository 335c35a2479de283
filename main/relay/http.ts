import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../common/base/errors.ts';
import { clientKey } from '../base/client-key.ts';
import { log } from '../base/log.ts';
import type { CertificateSource } from './certificates/certificates.ts';
import { Gate } from './limits.ts';

/** A client gets this long for its head, and for a whole request, in milliseconds; then its connection ends. */
const HEAD_MS = 10_000;
const REQUEST_MS = 15_000;
/**
 * A connection on which nothing passes is cut after this long, in milliseconds: a client that does not read its answer
 * would hold it for ever. Answers that last say something more often; upgraded connections see to themselves.
 */
const IDLE_MS = 60_000;
/** How often heads and requests are looked at. */
const LOOK_MS = 2_000;
/** A browser opens six connections, and a WebSocket stays one: for each session that a client may have. */
const CONNECTIONS_PER_SESSION = 4;
/** How long answers under way get when the server ends, in milliseconds. */
const CLOSE_MS = 500;

export interface HttpOptions {
  /** `ADDR:PORT`; port 0: any free one. */
  bind: string;
  /** The option that names the address, for words. */
  option: string;
  /** With one, HTTP is HTTPS. */
  certificates: CertificateSource | null;
  sessionsPerClient: number;
  /** Whether the client is named by a proxy. */
  trustProxy: boolean;
  /** For tests. */
  idleMs?: number;
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  upgrade?: (request: IncomingMessage, connection: Duplex, head: Buffer) => Promise<void>;
}

/** An HTTP or HTTPS server, with bounds on what a slow or greedy client can hold. */
export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpOptions;
  readonly #unsubscribe: () => void;

  private constructor(server: Server, options: HttpOptions) {
    this.#server = server;
    this.#options = options;
    const { certificates } = options;
    this.#unsubscribe =
      certificates && server instanceof TlsServer
        ? certificates.onRenewed(({ cert, key }) => server.setSecureContext({ cert, key }))
        : () => undefined;
  }

  /** @throws Error that names the address and the option */
  static async open(options: HttpOptions): Promise<HttpServer> {
    const { certificates } = options;
    const limits = {
      connectionsCheckingInterval: LOOK_MS,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
    };
    const server = certificates
      ? createTlsServer({ ...limits, ...tlsOf(certificates), handshakeTimeout: HEAD_MS })
      : createServer(limits);
    server.timeout = options.idleMs ?? IDLE_MS;
    const opened = new HttpServer(server, options);
    opened.#wire();
    await listen(server, options);
    server.on('error', (error) => log.error(`http: ${error.message}`));
    return opened;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    const { address, family } = this.#server.address() as AddressInfo;
    const everywhere = address === '::' || address === '0.0.0.0';
    const host = everywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
    return `${this.#options.certificates ? 'https' : 'http'}://${host}:${this.port}/`;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
  }

  #wire(): void {
    const { answer, upgrade, sessionsPerClient, trustProxy } = this.#options;
    const most = trustProxy ? Number.POSITIVE_INFINITY : sessionsPerClient * CONNECTIONS_PER_SESSION;
    const gate = new Gate(Number.POSITIVE_INFINITY, most);
    this.#server.on('connection', (socket: Socket) => {
      const release = gate.enter(clientKey(socket.remoteAddress));
      if (typeof release === 'string') socket.destroy();
      else socket.once('close', release);
    });
    this.#server.on('request', (request, response) => {
      answer(request, response).catch((error: unknown) => {
        log.error(`http: ${request.method} ${pathOf(request)}: ${messageOf(error)}`);
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
    this.#server.on('upgrade', (request, connection, head) => {
      connection.on('error', (error) => log.debug(`http: connection lost: ${error.message}`));
      if (!upgrade) return refuseUpgrade(connection, 404, 'nothing here');
      upgrade(request, connection, head).catch((error: unknown) => {
        log.error(`http: upgrade of ${pathOf(request)}: ${messageOf(error)}`);
        connection.destroy();
      });
    });
  }
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** Answers an upgrade with a status and one line of why. */
export function refuseUpgrade(connection: Duplex, status: number, why: string): void {
  const body = `${why}\n`;
  // Node keeps the other half open, which a client could leave so: it would hold its place, and the server's end.
  connection.once('finish', () => connection.destroy());
  connection.end(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Refused'}\r\nConnection: close\r\n` +
      `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The request's URL without what may be secret in it. */
function pathOf(request: IncomingMessage): string {
  return request.url?.split('?', 1)[0] ?? '';
}

function tlsOf(certificates: CertificateSource): { cert: string; key: string } {
  const { cert, key } = certificates.current();
  return { cert, key };
}

async function listen(server: Server, { bind, option }: HttpOptions): Promise<void> {
  const [, host = '', port = ''] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(bind) ?? [];
  try {
    await listening(server, host, Number(port));
  } catch (error) {
    // A machine without IPv6 has no [::].
    if (host === '::' && error instanceof Error && 'code' in error && error.code === 'EAFNOSUPPORT') {
      return listening(server, '0.0.0.0', Number(port));
    }
    throw new Error(`${bind} cannot be used: ${messageOf(error)}. Choose another with ${option}.`, {
      cause: error,
    });
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
