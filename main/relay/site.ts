import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type PullReport,
  RELAY_CERTIFICATE,
  RELAY_HEALTH,
  RELAY_INFO,
  RELAY_METRICS,
  RELAY_PULL_EVENTS,
  RELAY_TOKEN_PARAM,
  type RelayInfo,
} from '../../common/relay/relay-api.ts';
import { parseTicket, type Ticket, TicketError } from '../../common/ticket/ticket.ts';
import { type Access, AuthError, type Authorizer } from './auth.ts';
import { hostOf, OPEN_HEADERS, relayHeaders, relayPage } from './pages.ts';
import { streamPullEvents } from './pull-events.ts';

export interface SiteOptions {
  /** The folder of the pages. */
  root: string;
  auth: Authorizer;
  info: (request: IncomingMessage) => Omit<RelayInfo, 'publish' | 'read' | 'publicRead' | 'mayPull'>;
  /** Where WebTransport is served, whether it is there at this moment or not. */
  quicPort: () => number | null;
  /** The ticket's report for somebody with that access; undefined when it is not for them. */
  report: (ticket: Ticket, access: Access) => PullReport | undefined;
  onPullChange: (listener: () => void) => () => void;
  metrics: () => Promise<{ type: string; text: string }>;
  /** A place for an answer that lasts, to be given back, or undefined. */
  enter: (request: IncomingMessage) => (() => void) | undefined;
}

interface Asked {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  headers: Record<string, string>;
}

/** Answers the relay's HTTP requests. */
export class Site {
  readonly #options: SiteOptions;
  readonly #streams = new Set<() => void>();
  /** Compressed files of the pages, which do not change while the relay runs. */
  readonly #compressed = new Map<string, Promise<Buffer>>();

  constructor(options: SiteOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = hostOf(request.headers.host);
    const url = urlOf(request);
    const quicPort = this.#options.quicPort();
    const asked = {
      request,
      response,
      url: url ?? NOWHERE,
      headers: relayHeaders(url?.pathname ?? '', host, quicPort),
    };
    if (!host || !url) return say(asked, 400, 'Not a request that can be answered.');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      asked.headers.allow = 'GET, HEAD';
      return say(asked, 405, 'Only GET.');
    }
    switch (url.pathname) {
      case RELAY_HEALTH:
        return say(asked, 200, 'ok');
      case RELAY_INFO:
        return this.#info(asked);
      case RELAY_CERTIFICATE:
        return this.#certificate(asked);
      case RELAY_PULL_EVENTS:
        return this.#pullEvents(asked);
      case RELAY_METRICS:
        return this.#metrics(asked);
      default:
        return this.#page(asked);
    }
  }

  /** Ends the answers that last. */
  close(): void {
    for (const end of this.#streams) end();
  }

  async #info(asked: Asked): Promise<void> {
    Object.assign(asked.headers, OPEN_HEADERS);
    let access: Access | undefined;
    try {
      access = await this.#access(asked.url);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      if (error.reason === 'wrong') return say(asked, 401, `Refused: ${error.message}.`);
    }
    const info: RelayInfo = {
      ...this.#options.info(asked.request),
      publish: [...(access?.publish ?? [])],
      read: [...(access?.read ?? [])],
      publicRead: [...(await this.#publicRead())],
      mayPull: access?.pull ?? false,
    };
    send(asked, 200, 'application/json; charset=utf-8', JSON.stringify(info));
  }

  async #publicRead(): Promise<Access['read']> {
    try {
      return (await this.#options.auth.authorize('/', undefined)).read;
    } catch (error) {
      if (error instanceof AuthError) return [];
      throw error;
    }
  }

  #certificate(asked: Asked): void {
    Object.assign(asked.headers, OPEN_HEADERS);
    const { certificateSha256 } = this.#options.info(asked.request);
    // Exactly the digits: clients take the whole body for the hash.
    if (certificateSha256 === null) say(asked, 404, 'Browsers know this certificate by itself.');
    else send(asked, 200, 'text/plain; charset=utf-8', certificateSha256);
  }

  async #pullEvents(asked: Asked): Promise<void> {
    Object.assign(asked.headers, OPEN_HEADERS);
    const { report, onPullChange, enter } = this.#options;
    let ticket: Ticket;
    let access: Access;
    try {
      ticket = parseTicket(asked.url.searchParams.get('name') ?? '');
      access = await this.#access(asked.url);
    } catch (error) {
      if (error instanceof TicketError) return say(asked, 400, error.message);
      if (error instanceof AuthError) return say(asked, 401, `Refused: ${error.message}.`);
      throw error;
    }
    if (!report(ticket, access))
      return say(asked, 403, 'Refused: this ticket is not watched through this relay.');
    // Gone while its token was looked at: it will not close a second time.
    if (asked.response.destroyed) return;
    const release = enter(asked.request);
    if (!release) return say(asked, 429, 'Too many at once.');
    if (asked.request.method === 'HEAD') {
      release();
      return say(asked, 200, '');
    }
    const end = streamPullEvents(asked.response, asked.headers, {
      report: () => (hasEnded(access) ? undefined : report(ticket, access)),
      onChange: onPullChange,
    });
    this.#streams.add(end);
    asked.response.once('close', () => {
      this.#streams.delete(end);
      release();
    });
  }

  /** For those who may read everything: it tells who watches what, if not in names. */
  async #metrics(asked: Asked): Promise<void> {
    const token = asked.url.searchParams.get(RELAY_TOKEN_PARAM) ?? bearerOf(asked.request);
    try {
      if (!token) return say(asked, 401, 'A token is needed here.');
      const { read } = await this.#options.auth.authorize('/', token);
      if (!read.some((prefix) => prefix === ''))
        return say(asked, 403, 'The token must allow to read everything.');
    } catch (error) {
      if (error instanceof AuthError) return say(asked, 401, `Refused: ${error.message}.`);
      throw error;
    }
    const { type, text } = await this.#options.metrics();
    send(asked, 200, type, text);
  }

  async #page(asked: Asked): Promise<void> {
    const { pathname } = asked.url;
    const page = await relayPage(this.#options.root, pathname);
    if (!page) return say(asked, 404, 'There is no such page.');
    const headers = { ...asked.headers, ...page.headers, vary: 'accept-encoding' };
    const compress = /\bgzip\b/.test(String(asked.request.headers['accept-encoding'] ?? ''));
    if (!compress || /^(image\/(?!svg)|font|audio|video)/.test(page.headers['content-type'] ?? '')) {
      return send({ ...asked, headers }, 200, undefined, page.body);
    }
    const body = this.#compressed.get(pathname) ?? promisify(gzip)(page.body, { level: 9 });
    this.#compressed.set(pathname, body);
    send({ ...asked, headers: { ...headers, 'content-encoding': 'gzip' } }, 200, undefined, await body);
  }

  #access(url: URL): Promise<Access> {
    return this.#options.auth.authorize('/', url.searchParams.get(RELAY_TOKEN_PARAM) || undefined);
  }
}

const NOWHERE = new URL('http://nowhere/');

/** The request's target as a URL; undefined for what names a host of its own, or is none. */
export function urlOf(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '';
  if (!target.startsWith('/') || target.startsWith('//')) return undefined;
  return URL.canParse(target, NOWHERE) ? new URL(target, NOWHERE) : undefined;
}

/** Whether its token has ended. */
function hasEnded({ expiresAtMs }: Access): boolean {
  return expiresAtMs !== null && expiresAtMs <= Date.now();
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
}

function say(asked: Asked, status: number, text: string): void {
  send(asked, status, 'text/plain; charset=utf-8', text === '' ? '' : `${text}\n`);
}

function send(
  { request, response, headers }: Asked,
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
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
