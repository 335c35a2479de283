import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** 256 bits: nobody guesses it, and a URL still holds it. */
const SECRET_BYTES = 32;
/** 128 bits, for the same reason; it stays in the address bar, where less is better. */
const PATH_BYTES = 16;

/**
 * Who may talk to the browser host: whoever opened the printed address, in that browser, from our own page.
 *
 * Other pages in the same browser cannot: they lack the token, their Origin differs, and a name of their own that
 * resolves to 127.0.0.1 (DNS rebinding) fails the check of Host.
 *
 * The page lives under a path that nobody can guess, new with each start, because browsers give a cookie to every port
 * of its host: limited to that path, other servers on this machine never see it.
 */
export class BrowserAuth {
  /** In the printed address. Valid for the life of the process, so that the address can be opened again. */
  readonly token = randomBytes(SECRET_BYTES).toString('base64url');
  /** Where the page and its WebSockets are: begins and ends with a slash. */
  readonly base = `/${randomBytes(PATH_BYTES).toString('base64url')}/`;
  readonly #cookie = randomBytes(SECRET_BYTES).toString('base64url');
  readonly #launchTokens = new Set<string>();
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The printed address. */
  get url(): string {
    return `${this.origin}/?token=${this.token}`;
  }

  /**
   * An address that works once. It is for the command that opens the browser: arguments of a command can be read by
   * every user of the machine.
   */
  launchUrl(): string {
    const token = randomBytes(SECRET_BYTES).toString('base64url');
    this.#launchTokens.add(token);
    return `${this.origin}/?token=${token}`;
  }

  /** Whether the request was sent to this host by a name of its own. */
  hostAllowed(request: IncomingMessage): boolean {
    const { host } = request.headers;
    return host === `127.0.0.1:${this.#port}` || host === `localhost:${this.#port}`;
  }

  /** Whether a WebSocket was opened by our own page: browsers always send Origin with one. */
  originAllowed(request: IncomingMessage): boolean {
    return request.headers.origin === `http://${request.headers.host}`;
  }

  tokenAllowed(token: string): boolean {
    if (equal(token, this.token)) return true;
    // A set finds a token no faster for its being nearly right: each is random and works once.
    return this.#launchTokens.delete(token);
  }

  /** What the request asks for below the page's path, beginning with a slash; null for what lies outside of it. */
  below(pathname: string): string | null {
    return pathname.startsWith(this.base) ? pathname.slice(this.base.length - 1) : null;
  }

  cookieAllowed(request: IncomingMessage): boolean {
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = part.trim().split('=', 2);
      if (name === this.#cookieName && equal(value ?? '', this.#cookie)) return true;
    }
    return false;
  }

  /** The Set-Cookie header that the token is exchanged for. */
  get setCookie(): string {
    return `${this.#cookieName}=${this.#cookie}; Path=${this.base}; HttpOnly; SameSite=Strict`;
  }

  /** Whose it is can be told in the browser's tools. */
  get #cookieName(): string {
    return `iroh-live-${this.#port}`;
  }
}

/** In a time that tells nothing of where they differ, nor of their lengths. */
function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
