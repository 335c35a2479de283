import type { IncomingMessage } from 'node:http';
import { HttpServer } from '../http/http-server.ts';
import { httpsUrl } from '../http/https-redirect.ts';

/** Path prefix of the challenges (RFC 8555, section 8.3). */
const CHALLENGE_PATH = '/.well-known/acme-challenge/';
/**
 * The session limit that determines the connection limit per client. It is low, because the authority
 * validates from only a few hosts.
 */
const SESSIONS_PER_CLIENT = 8;
/** The session limit that determines the connection limit for all clients together. */
const SESSIONS = 256;

/** The pages that the server redirects browsers to. */
interface RedirectTarget {
  /** The domains of the certificate. Requests for other hosts are redirected to the first one. */
  domains: readonly string[];
  /** The port of the pages. If it is 0, requests are not redirected. */
  httpsPort: number;
}

/**
 * An HTTP server that answers the http-01 challenges from a certificate authority, and redirects browsers to the relay's
 * pages.
 */
export class ChallengeServer {
  readonly #server: HttpServer;
  readonly #answers: Map<string, string>;

  private constructor(server: HttpServer, answers: Map<string, string>) {
    this.#server = server;
    this.#answers = answers;
  }

  /**
   * Opens the server.
   *
   * @throws Error that names the address and the option that sets it
   */
  static async open(bind: string, pages: RedirectTarget): Promise<ChallengeServer> {
    const answers = new Map<string, string>();
    const server = await HttpServer.open({
      bind,
      optionName: '--acme-http-bind',
      tls: null,
      sessions: SESSIONS,
      sessionsPerClient: SESSIONS_PER_CLIENT,
      trustProxy: false,
      handle: async (request, response) => {
        const path = request.url ?? '';
        const token = path.startsWith(CHALLENGE_PATH) ? path.slice(CHALLENGE_PATH.length) : '';
        const answer = answers.get(token);
        const location = token === '' ? redirectOf(request, pages) : null;
        const status = answer !== undefined ? 200 : location === null ? 404 : 308;
        response.writeHead(status, {
          'content-type': 'text/plain; charset=utf-8',
          ...(location === null ? {} : { location }),
        });
        response.end(answer ?? 'The pages of this server need HTTPS.\n');
      },
    });
    return new ChallengeServer(server, answers);
  }

  /** Adds the answer to a challenge. */
  set(token: string, answer: string): void {
    this.#answers.set(token, answer);
  }

  /** Removes a challenge. */
  delete(token: string): void {
    this.#answers.delete(token);
  }

  /** Stops listening. */
  close(): Promise<void> {
    return this.#server.close();
  }
}

/** Returns the HTTPS URL of the page that a browser requested; null if the request must not be redirected. */
function redirectOf({ headers, method, url = '' }: IncomingMessage, { domains, httpsPort }: RedirectTarget) {
  if (httpsPort === 0 || (method !== 'GET' && method !== 'HEAD')) return null;
  const requested = headers.host?.replace(/:\d+$/, '').toLowerCase();
  const host = domains.find((domain) => domain.toLowerCase() === requested) ?? domains[0];
  return httpsUrl(host, url, httpsPort);
}
