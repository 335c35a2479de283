import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  RELAY_BROADCASTS,
  RELAY_CERTIFICATE,
  RELAY_HEALTH,
  RELAY_INFO,
  RELAY_METRICS,
  RELAY_PULL_EVENTS,
  RELAY_READY,
  RELAY_TOKEN_PARAM,
} from '../../../common/relay/relay-api.ts';
import { RELAY_REFUSAL_HEADER } from '../../../common/relay/relay-refusal.ts';
import type { PullReport, RelayInfo } from '../../../common/relay/relay-schemas.ts';
import { parseTicket, type Ticket, TicketError } from '../../../common/ticket/ticket.ts';
import type { PageFile } from '../../base/page.ts';
import { type Access, AuthError, type Authorizer } from '../access/auth.ts';
import type { BroadcastReport } from '../monitoring/broadcast-report.ts';
import { CROSS_ORIGIN_HEADERS, readRelayPage, relayHeaders } from './pages.ts';
import { streamPullEvents } from './pull-event-stream.ts';
import { bearerToken, requestUrl, validHost } from './request.ts';

/**
 * Long responses are written in chunks of this size, in bytes. For a client that reads slowly or not at all,
 * the relay therefore buffers only one chunk.
 */
const PIECE_BYTES = 64 * 1024;

/** Options for `HttpRoutes`: the contents to serve and the access rules. */
interface HttpRoutesOptions {
  /** The folder with the built pages. */
  webRoot: string;
  auth: Authorizer;
  /**
   * Returns the part of `/relay.json` that describes the relay. Clients that may publish (`mayPublish`) need
   * tickets for their broadcasts.
   */
  relayInfo: (
    request: IncomingMessage,
    mayPublish: boolean,
  ) => Omit<RelayInfo, 'publish' | 'read' | 'publicRead' | 'mayPull'>;
  /**
   * Returns the WebTransport port, even while WebTransport is temporarily unavailable. Returns null if
   * WebTransport is not served.
   */
  quicPort: () => number | null;
  /** Returns the state of a ticket's pull, or undefined if `access` does not allow reading it. */
  pullReport: (ticket: Ticket, access: Access) => PullReport | undefined;
  /** Calls `listener` whenever a pull report may have changed. Returns the function that unsubscribes it. */
  onPullChange: (listener: () => void) => () => void;
  metrics: () => Promise<{ type: string; text: string }>;
  /** Returns why the relay cannot serve its pages, as a sentence; null if it can. */
  notReady: () => string | null;
  broadcasts: () => readonly BroadcastReport[];
  /**
   * Reserves a slot for an event stream. Returns the function that releases it, or undefined if the client has too
   * many streams.
   */
  acquireStream: (request: IncomingMessage) => (() => void) | undefined;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** The response headers. */
  headers: Record<string, string>;
}

/** Routes the relay's HTTP requests to pages, `/relay.json`, `/pull-events`, metrics, and the health check. */
export class HttpRoutes {
  readonly #options: HttpRoutesOptions;
  readonly #streams = new Set<() => void>();
  /** Compressed pages and assets, keyed by path. They do not change while the relay runs. */
  readonly #compressed = new Map<string, Promise<Buffer>>();
  /** Pages and assets, keyed by path, so that all clients share one copy of each. */
  readonly #pages = new Map<string, PageFile>();

  constructor(options: HttpRoutesOptions) {
    this.#options = options;
  }

  /** Answers one request. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = validHost(request.headers.host);
    const url = requestUrl(request);
    const headers = relayHeaders(url?.pathname ?? '', host, this.#options.quicPort());
    if (!host || !url) return sendText({ request, response, headers }, 400, 'Bad request.');
    const exchange = { request, response, url, headers };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      headers.allow = 'GET, HEAD';
      return sendText(exchange, 405, 'Use GET.');
    }
    switch (url.pathname) {
      case RELAY_HEALTH:
        return sendText(exchange, 200, 'ok');
      case RELAY_READY: {
        const reason = this.#options.notReady();
        return sendText(exchange, reason === null ? 200 : 503, reason ?? 'ready');
      }
      case RELAY_INFO:
        return this.#info(exchange);
      case RELAY_CERTIFICATE:
        return this.#certificate(exchange);
      case RELAY_PULL_EVENTS:
        return this.#pullEvents(exchange);
      case RELAY_METRICS:
        return this.#forOperator(exchange, this.#options.metrics);
      case RELAY_BROADCASTS:
        return this.#forOperator(exchange, async () => ({
          type: 'application/json; charset=utf-8',
          text: JSON.stringify(this.#options.broadcasts()),
        }));
      default:
        return this.#page(exchange);
    }
  }

  /** Ends all event streams. */
  close(): void {
    for (const end of this.#streams) end();
  }

  async #info(exchange: Exchange): Promise<void> {
    Object.assign(exchange.headers, CROSS_ORIGIN_HEADERS);
    let access: Access | undefined;
    try {
      access = await this.#access(exchange.url);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      if (error.reason === 'wrong' || error.reason === 'expired') {
        exchange.headers[RELAY_REFUSAL_HEADER] = error.reason === 'expired' ? 'expired' : 'token';
        return sendText(exchange, 401, `Refused: ${error.message}.`);
      }
    }
    const info: RelayInfo = {
      ...this.#options.relayInfo(exchange.request, (access?.publish.length ?? 0) > 0),
      publish: [...(access?.publish ?? [])],
      read: [...(access?.read ?? [])],
      publicRead: [...(await this.#publicRead())],
      mayPull: access?.pull ?? false,
    };
    send(exchange, 200, 'application/json; charset=utf-8', JSON.stringify(info));
  }

  async #publicRead(): Promise<Access['read']> {
    try {
      return (await this.#options.auth.authorize('/', undefined)).read;
    } catch (error) {
      if (error instanceof AuthError) return [];
      throw error;
    }
  }

  #certificate(exchange: Exchange): void {
    Object.assign(exchange.headers, CROSS_ORIGIN_HEADERS);
    const { certificateSha256 } = this.#options.relayInfo(exchange.request, false);
    // The body does not end with a line break, because clients use the whole body as the hash.
    if (certificateSha256 === null) sendText(exchange, 404, 'There is no self-signed certificate.');
    else send(exchange, 200, 'text/plain; charset=utf-8', certificateSha256);
  }

  async #pullEvents(exchange: Exchange): Promise<void> {
    Object.assign(exchange.headers, CROSS_ORIGIN_HEADERS);
    const { pullReport, onPullChange, acquireStream } = this.#options;
    let ticket: Ticket;
    let access: Access;
    try {
      ticket = parseTicket(exchange.url.searchParams.get('name') ?? '');
      access = await this.#access(exchange.url);
    } catch (error) {
      if (error instanceof TicketError) return sendText(exchange, 400, error.message);
      if (error instanceof AuthError) return sendText(exchange, 401, `Refused: ${error.message}.`);
      throw error;
    }
    if (!pullReport(ticket, access))
      return sendText(exchange, 403, 'Refused: this relay does not let you watch this ticket.');
    // If the client disconnected during authorization, the `close` event that would release a slot has already fired.
    if (exchange.response.destroyed) return;
    const release = acquireStream(exchange.request);
    if (!release) return sendText(exchange, 429, 'Too many event streams.');
    if (exchange.request.method === 'HEAD') {
      release();
      return sendText(exchange, 200, '');
    }
    const end = streamPullEvents(exchange.response, exchange.headers, {
      report: () => (hasExpired(access) ? undefined : pullReport(ticket, access)),
      onChange: onPullChange,
    });
    this.#streams.add(end);
    exchange.response.once('close', () => {
      this.#streams.delete(end);
      release();
    });
  }

  /**
   * Metrics and the list of broadcasts require a token that may read every path, because they reveal which
   * broadcasts are watched, and by how many viewers.
   */
  async #forOperator(exchange: Exchange, read: HttpRoutesOptions['metrics']): Promise<void> {
    const token = exchange.url.searchParams.get(RELAY_TOKEN_PARAM) ?? bearerToken(exchange.request);
    try {
      if (!token) return sendText(exchange, 401, 'A token is needed here.');
      const { read } = await this.#options.auth.authorize('/', token);
      if (!read.some((prefix) => prefix === ''))
        return sendText(exchange, 403, 'Refused: the token must allow reading everything.');
    } catch (error) {
      if (error instanceof AuthError) return sendText(exchange, 401, `Refused: ${error.message}.`);
      throw error;
    }
    const { type, text } = await read();
    send(exchange, 200, type, text);
  }

  async #page(exchange: Exchange): Promise<void> {
    const { pathname } = exchange.url;
    const page = this.#pages.get(pathname) ?? (await readRelayPage(this.#options.webRoot, pathname));
    if (!page) return sendText(exchange, 404, 'Page not found.');
    this.#pages.set(pathname, page);
    const headers = { ...exchange.headers, ...page.headers, vary: 'accept-encoding' };
    const acceptsGzip = /\bgzip\b/.test(String(exchange.request.headers['accept-encoding'] ?? ''));
    const isCompressed = /^(image\/(?!svg)|font|audio|video)/.test(page.headers['content-type'] ?? '');
    if (!acceptsGzip || isCompressed) return send({ ...exchange, headers }, 200, undefined, page.body);
    const body = this.#compressed.get(pathname) ?? promisify(gzip)(page.body, { level: 9 });
    this.#compressed.set(pathname, body);
    send({ ...exchange, headers: { ...headers, 'content-encoding': 'gzip' } }, 200, undefined, await body);
  }

  #access(url: URL): Promise<Access> {
    return this.#options.auth.authorize('/', url.searchParams.get(RELAY_TOKEN_PARAM) || undefined);
  }
}

function hasExpired({ expiresAtMs }: Access): boolean {
  return expiresAtMs !== null && expiresAtMs <= Date.now();
}

function sendText(exchange: Omit<Exchange, 'url'>, status: number, text: string): void {
  send(exchange, status, 'text/plain; charset=utf-8', text === '' ? '' : `${text}\n`);
}

function send(
  { request, response, headers }: Omit<Exchange, 'url'>,
  status: number,
  type: string | undefined,
  body: string | Buffer,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, {
    ...headers,
    ...(type === undefined ? {} : { 'content-type': type }),
    'content-length': String(bytes.byteLength),
  });
  if (request.method === 'HEAD') response.end();
  else endInPieces(response, bytes);
}

function endInPieces(response: ServerResponse, bytes: Buffer): void {
  let offset = 0;
  const write = () => {
    while (bytes.byteLength - offset > PIECE_BYTES) {
      const piece = bytes.subarray(offset, offset + PIECE_BYTES);
      offset += PIECE_BYTES;
      if (response.write(piece)) continue;
      response.once('drain', write);
      return;
    }
    response.end(bytes.subarray(offset));
  };
  write();
}
