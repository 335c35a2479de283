import { HttpServer } from '../http/http-server.ts';

/** RFC 8555, section 8.3. */
const CHALLENGE_PATH = '/.well-known/acme-challenge/';
/** The authority looks from a handful of places; others have nothing to ask here. */
const PER_CLIENT = 8;

/** Answers the http-01 challenges of a certificate authority. */
export class ChallengeServer {
  readonly #answers = new Map<string, string>();
  #server: HttpServer | undefined;

  /** @throws Error that names the address and the option */
  static async open(bind: string): Promise<ChallengeServer> {
    const challenges = new ChallengeServer();
    challenges.#server = await HttpServer.open({
      bind,
      optionName: '--acme-http-bind',
      tls: null,
      sessionsPerClient: PER_CLIENT,
      trustProxy: false,
      handle: async (request, response) => {
        const path = request.url ?? '';
        const token = path.startsWith(CHALLENGE_PATH) ? path.slice(CHALLENGE_PATH.length) : '';
        const answer = challenges.#answers.get(token);
        response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'text/plain' });
        response.end(answer ?? 'Only certificate authorities are answered here.\n');
      },
    });
    return challenges;
  }

  set(token: string, answer: string): void {
    this.#answers.set(token, answer);
  }

  delete(token: string): void {
    this.#answers.delete(token);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
