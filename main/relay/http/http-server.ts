import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../../common/base/errors.ts';
import { clientKey } from '../../base/client-key.ts';
import { ConcurrencyLimiter } from '../../base/concurrency-limiter.ts';
import { errorCode } from '../../base/error-code.ts';
import { log } from '../../base/log.ts';
import { TurnLimit } from '../../base/turn-limit.ts';
import { redirectPlainHttp } from './https-redirect.ts';
import { PipeliningGuard } from './pipelining.ts';

/**
 * Timeouts for receiving a request's headers and the whole request, in ms. When one expires, the connection
 * is closed.
 */
const HEAD_MS = 10_000;
const REQUEST_MS = 15_000;
/**
 * How long a connection may be idle before it is closed, in ms. This disconnects clients that do not read
 * their responses. Event streams send keep-alives at shorter intervals, and upgraded connections have their
 * own timeouts.
 */
const IDLE_MS = 60_000;
/** How often Node checks the timeouts, in ms. */
const DEADLINE_CHECK_MS = 2_000;
/**
 * Limits on connections, per client and in total, as a multiple of the limits on MoQ sessions. A browser
 * opens six connections, but only the WebSocket stays open.
 */
const CONNECTIONS_PER_SESSION = 4;
/**
 * Maximum number of requests that the server begins to handle in one turn of the event loop, at 0.3 ms each.
 * Further requests wait for a later turn.
 */
const REQUESTS_PER_TURN = 16;
/**
 * Makes browsers use only HTTPS for this host for half a year (RFC 6797). Subdomains are not included,
 * because they may be other servers. Only sent with a publicly trusted certificate: this header removes the
 * browser's exception for untrusted certificates, so switching to a self-signed certificate would make the
 * relay unreachable.
 */
const STRICT_TRANSPORT_SECURITY = 'max-age=15552000';
/** How long open responses may take to finish after the server starts to close, in ms. */
const CLOSE_MS = 500;

/** A PEM certificate chain and its private key. */
interface TlsCredentials {
  cert: string;
  key: string;
}

/** Provides an HTTPS server's current certificate, and a new one after each renewal. */
interface TlsSource {
  /** The current certificate. If it is publicly trusted, browsers are told to use only HTTPS. */
  current(): TlsCredentials & { publiclyTrusted: boolean };
  /** Calls `listener` with each renewed certificate. Returns the function that unsubscribes it. */
  onRenewed(listener: (credentials: TlsCredentials) => void): () => void;
}

/** Options for an `HttpServer`: its address, its certificate and its request handlers. */
interface HttpServerOptions {
  /** `ADDR:PORT`. Port 0 means any free port. */
  bind: string;
  /** The command line option that sets `bind`, for error messages. */
  optionName: string;
  /** The certificate for HTTPS. Null means that the server uses HTTP. */
  tls: TlsSource | null;
  /** The limits on MoQ sessions, which determine the limits on connections. */
  sessions: number;
  sessionsPerClient: number;
  /** Whether requests arrive through a proxy. If so, connections are not limited per address. */
  trustProxy: boolean;
  /** For tests: replaces `IDLE_MS`. */
  idleMs?: number;
  /**
   * Checks each request, regardless of its path. Returns why it is refused, or undefined. By default, all
   * requests are accepted.
   */
  faultOf?: (request: IncomingMessage) => string | undefined;
  /** Called for each request before it is checked. */
  onRequest?: (request: IncomingMessage, response: ServerResponse) => void;
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Handles upgrade requests. If it is omitted, they are answered with 404. */
  handleUpgrade?: (request: IncomingMessage, connection: Duplex, head: Buffer) => Promise<void>;
}

/**
 * An HTTP or HTTPS server that limits the number of connections per client and how long slow clients can
 * take.
 */
export class HttpServer {
  readonly #server: Server;
  readonly #options: HttpServerOptions;
  readonly #unsubscribe: () => void;

  private constructor(server: Server, options: HttpServerOptions) {
    this.#server = server;
    this.#options = options;
    const { tls } = options;
    this.#unsubscribe =
      tls && server instanceof TlsServer
        ? tls.onRenewed(({ cert, key }) => server.setSecureContext({ cert, key }))
        : () => undefined;
  }

  /**
   * Opens the server. Resolves when it listens.
   *
   * @throws Error that names the address and the option that sets it
   */
  static async open(options: HttpServerOptions): Promise<HttpServer> {
    const { tls } = options;
    const limits = {
      connectionsCheckingInterval: DEADLINE_CHECK_MS,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
    };
    const server = tls
      ? createTlsServer({ ...limits, ...credentialsOf(tls), handshakeTimeout: HEAD_MS })
      : createServer(limits);
    if (server instanceof TlsServer) redirectPlainHttp(server, { headMs: HEAD_MS });
    server.timeout = options.idleMs ?? IDLE_MS;
    const opened = new HttpServer(server, options);
    opened.#addListeners();
    await listen(server, options);
    server.on('error', (error) => log.error(`http: ${error.message}`));
    return opened;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The server's URL. Its host is `localhost` if the server listens on all addresses. */
  get url(): string {
    const { address, family } = this.#server.address() as AddressInfo;
    const isUnspecified = address === '::' || address === '0.0.0.0';
    const host = isUnspecified ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
    return `${this.#options.tls ? 'https' : 'http'}://${host}:${this.port}/`;
  }

  /** Stops listening. Open responses get half a second to finish. */
  async close(): Promise<void> {
    this.#unsubscribe();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
  }

  #addListeners(): void {
    const { onRequest, handle, handleUpgrade, tls, faultOf = () => undefined } = this.#options;
    const connections = connectionLimiter(this.#options);
    const pipelining = new PipeliningGuard();
    const turn = new TurnLimit(REQUESTS_PER_TURN);
    this.#server.on('connection', (socket: Socket) => {
      const release = connections.acquire(clientKey(socket.remoteAddress));
      if (typeof release === 'string') socket.destroy();
      else socket.once('close', release);
    });
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => pipelining.watch(socket));
    this.#server.on('request', (request, response) => {
      onRequest?.(request, response);
      const fault = faultOf(request);
      if (tls?.current().publiclyTrusted)
        response.setHeader('strict-transport-security', STRICT_TRANSPORT_SECURITY);
      if (fault !== undefined) return refuseRequest(response, fault);
      if (!pipelining.admit(request, response)) return;
      const start = async () => {
        await turn.take();
        await handle(request, response);
      };
      start().catch((error: unknown) => {
        log.error(`http: ${request.method} ${pathOf(request)}: ${messageOf(error)}`);
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
    this.#server.on('upgrade', (request, connection, head) => {
      connection.on('error', (error) => log.debug(`http: connection lost: ${error.message}`));
      pipelining.release(request.socket);
      const fault = faultOf(request);
      if (fault !== undefined) return refuseUpgrade(connection, 403, fault);
      if (!handleUpgrade) return refuseUpgrade(connection, 404, 'upgrades are not supported here');
      handleUpgrade(request, connection, head).catch((error: unknown) => {
        log.error(`http: upgrade of ${pathOf(request)}: ${messageOf(error)}`);
        connection.destroy();
      });
    });
  }
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

function connectionLimiter({
  sessions,
  sessionsPerClient,
  trustProxy,
}: HttpServerOptions): ConcurrencyLimiter {
  const perClient = trustProxy ? Number.POSITIVE_INFINITY : sessionsPerClient * CONNECTIONS_PER_SESSION;
  return new ConcurrencyLimiter(sessions * CONNECTIONS_PER_SESSION, perClient);
}

/** Refuses a request with status 403 and a one-line message, and closes the connection. */
function refuseRequest(response: ServerResponse, message: string): void {
  response.writeHead(403, { connection: 'close', 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}

/** Refuses an upgrade with an HTTP status and a one-line message, and closes the connection. */
export function refuseUpgrade(connection: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  // Node keeps the read side open until the client closes it. A client that never closes it would occupy its
  // slot and delay the server's shutdown.
  connection.once('finish', () => connection.destroy());
  connection.end(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Refused'}\r\nConnection: close\r\n` +
      `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Returns the path without the query, which may contain a token. */
function pathOf(request: IncomingMessage): string {
  return request.url?.split('?', 1)[0] ?? '';
}

function credentialsOf(tls: TlsSource): TlsCredentials {
  const { cert, key } = tls.current();
  return { cert, key };
}

async function listen(server: Server, { bind, optionName }: HttpServerOptions): Promise<void> {
  const [, host = '', port = ''] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(bind) ?? [];
  try {
    await listenAt(server, host, Number(port));
  } catch (error) {
    // `[::]` cannot be bound if the kernel has no IPv6 or if IPv6 is disabled.
    if (host === '::' && ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(errorCode(error) ?? '')) {
      return listenAt(server, '0.0.0.0', Number(port));
    }
    throw new Error(
      `${bind} cannot be used: ${messageOf(error)}. Choose another address with ${optionName}.`,
      {
        cause: error,
      },
    );
  }
}

function listenAt(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
