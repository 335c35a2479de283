import type { IncomingMessage, ServerResponse } from 'node:http';
import { Path } from 'moq-net';
import { shortId } from '../../../common/words/caller-identity.ts';
import { excerpt } from '../../base/option-values.ts';
import { isTicketPath, parseTicketPath } from '../../origin/ticket-path.ts';
import { requestUrl } from './request.ts';

/** What is known about a request or a session when it arrives. */
export interface AccessRequest {
  /** The HTTP method, or the transport of a session. */
  kind: string;
  /** The URL, which may contain tokens and tickets; null if there is none. */
  url: URL | null;
  /** The client whose limits apply. */
  client: string;
}

/**
 * Writes the log line of a request or session that has ended. `status` is an HTTP status; for a session over
 * iroh, it is the status that an HTTP request would have received.
 */
export type EndAccess = (status: number) => void;

/** The query parameter that names the requested broadcast. */
const NAME_PARAM = 'name';

/**
 * Writes one line for each HTTP request and each ended session, with its path, broadcast, client, status and
 * duration. Query strings are omitted, because they contain tokens. Tickets are shortened to the broadcast
 * name and short endpoint id, because anyone with the whole ticket can watch.
 */
export class AccessLog {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Starts the log entry of a request or a session. Returns the function that writes it. */
  begin({ kind, url, client }: AccessRequest): EndAccess {
    const startedAtMs = performance.now();
    return (status) => {
      const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(3);
      const path = url ? shownPath(url.pathname) : '-';
      const broadcast = shownBroadcast(url?.searchParams.get(NAME_PARAM) ?? null);
      this.#write(
        `access: ${kind} ${path} status=${status} client=${client} broadcast=${broadcast} duration_s=${seconds}`,
      );
    };
  }

  /** Logs an HTTP request when its response has ended or its connection has been lost. */
  watch(request: IncomingMessage, response: ServerResponse, client: string): void {
    const end = this.begin({ kind: request.method ?? '-', url: requestUrl(request) ?? null, client });
    response.once('close', () => end(response.statusCode));
  }
}

/** Returns the path in a form without spaces and line breaks. Replaces a path that is a ticket. */
function shownPath(pathname: string): string {
  const path = decoded(pathname);
  return isTicket(path.replace(/^\/+/, '')) ? '/(ticket)' : excerpt(pathname).replaceAll(' ', '%20');
}

function shownBroadcast(name: string | null): string {
  if (name === null) return '-';
  const found = parseTicketPath(Path.from(name));
  if (found) {
    const { broadcastName, endpointId } = found.ticket;
    return `"${excerpt(broadcastName)}" peer=${shortId(endpointId)}`;
  }
  // A damaged ticket is not logged, because it may still contain its publisher's addresses.
  return isTicket(name) ? '(damaged ticket)' : `"${excerpt(name)}"`;
}

function isTicket(text: string): boolean {
  return /iroh-live/i.test(text) || isTicketPath(Path.from(text));
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
