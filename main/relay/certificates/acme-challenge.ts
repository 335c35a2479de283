import { HttpServer } from '../http/http-server.ts';

/** Path prefix of the challenges (RFC 8555, section 8.3). */
const CHALLENGE_PATH = '/.well-known/acme-challenge/';
/**
 * Session limit from which the connection limit per client is derived. It is low, because the authority
 * validates from only a few hosts.
 */
const SESSIONS_PER_CLIENT = 8;
/** Session limit from which the connection limit for all clients together is derived. */
const SESSIONS = 256;

/** An HTTP server that answers the http-01 challenges from a certificate authority. */
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
  static async open(bind: string): Promise<ChallengeServer> {
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
        response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'text/plain' });
        response.end(answer ?? 'This server only answers challenges of certificate authorities.\n');
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
