import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Size of a token, in bytes. A token of 256 bits cannot be guessed and is short enough for a URL. */
const SECRET_BYTES = 32;
/**
 * Size of the random part of the page's path, in bytes. 128 bits cannot be guessed. The path is shorter than
 * a token, because it stays visible in the address bar.
 */
const PATH_BYTES = 16;
/**
 * How long a single-use token is valid, in milliseconds. A browser opens the page within seconds. After that,
 * the token should expire, because others may be able to read it in the browser's command line or history.
 */
const LAUNCH_TOKEN_MS = 60_000;
/**
 * Maximum number of single-use tokens that are valid at the same time. Each later start of the app with the
 * same data folder may create one.
 */
const MAX_LAUNCH_TOKENS = 8;

/**
 * Access control for the browser host. Only the browser that opened the printed URL has access, and only from
 * the app's page, whose path is unguessable and changes at each start. Other pages lack the token and have a
 * different Origin. The Host header check refuses foreign host names that resolve to 127.0.0.1 (DNS
 * rebinding).
 *
 * Browsers send a host's cookies to every port of the host. The cookie is therefore limited to the page's
 * path, which other servers on this machine never see.
 */
export class BrowserAuth {
  /** The token in the printed URL. It stays valid until the process ends, so that the user can open the URL again. */
  readonly token = randomBytes(SECRET_BYTES).toString('base64url');
  /** The path of the page and its WebSockets. It starts and ends with a slash. */
  readonly base = `/${randomBytes(PATH_BYTES).toString('base64url')}/`;
  readonly #cookie = randomBytes(SECRET_BYTES).toString('base64url');
  /** Maps each unused single-use token to its expiry time on the `#nowMs` clock. The oldest entry is first. */
  readonly #launchTokens = new Map<string, number>();
  readonly #nowMs: () => number;
  readonly #port: number;

  /** @param nowMs a monotonic clock in milliseconds; tests pass their own */
  constructor(port: number, nowMs: () => number = () => performance.now()) {
    this.#port = port;
    this.#nowMs = nowMs;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The URL to print, with the token. */
  get url(): string {
    return `${this.origin}/?token=${this.token}`;
  }

  /**
   * Creates a URL whose token works only once. The command that opens the browser gets this URL rather than
   * `url`, because every user of the machine can read a command's arguments.
   */
  launchUrl(): string {
    const token = randomBytes(SECRET_BYTES).toString('base64url');
    this.#launchTokens.set(token, this.#nowMs() + LAUNCH_TOKEN_MS);
    const [oldest] = this.#launchTokens.keys();
    if (this.#launchTokens.size > MAX_LAUNCH_TOKENS && oldest !== undefined)
      this.#launchTokens.delete(oldest);
    return `${this.origin}/?token=${token}`;
  }

  /** Whether the Host header names this server. */
  isHostAllowed(request: IncomingMessage): boolean {
    const { host } = request.headers;
    return host === `127.0.0.1:${this.#port}` || host === `localhost:${this.#port}`;
  }

  /**
   * Whether a WebSocket was opened by the app's page. Browsers always send an Origin header with a WebSocket request.
   */
  isOriginAllowed(request: IncomingMessage): boolean {
    return request.headers.origin === `http://${request.headers.host}`;
  }

  /** Whether a token is valid. If it belongs to a single-use URL, this call invalidates it. */
  redeemToken(token: string): boolean {
    if (equalSecrets(token, this.token)) return true;
    // The timing of a map lookup does not reveal how much of a token is correct.
    const expiresAtMs = this.#launchTokens.get(token);
    this.#launchTokens.delete(token);
    return expiresAtMs !== undefined && this.#nowMs() < expiresAtMs;
  }

  /**
   * Returns the part of a URL path that follows the page's path, with a leading slash; null if the URL is outside the
   * page.
   */
  pagePath(pathname: string): string | null {
    return pathname.startsWith(this.base) ? pathname.slice(this.base.length - 1) : null;
  }

  /** Whether a request has the valid cookie. */
  hasCookie(request: IncomingMessage): boolean {
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = part.trim().split('=', 2);
      if (name === this.#cookieName && equalSecrets(value ?? '', this.#cookie)) return true;
    }
    return false;
  }

  /** Returns the Set-Cookie header for the cookie that replaces the token. */
  get setCookie(): string {
    return `${this.#cookieName}=${this.#cookie}; Path=${this.base}; HttpOnly; SameSite=Strict`;
  }

  /** A cookie name that is easy to recognize in the browser's developer tools. */
  get #cookieName(): string {
    return `iroh-live-${this.#port}`;
  }
}

/** Compares two strings without revealing their contents or lengths through timing. */
function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
