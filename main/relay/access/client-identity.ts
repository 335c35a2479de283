import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { clientKey, UNIDENTIFIED_CLIENTS } from '../../base/client-key.ts';

/**
 * Identifies a client for per-client limits, in the same way over every transport: by its IP address if the
 * relay knows it (see `clientKey`). Endpoint ids and sessions are no basis for limits, because they cost an
 * attacker nothing.
 */

/**
 * Returns the client that sent an HTTP or WebSocket request. Behind a trusted proxy, this is the last address in
 * X-Forwarded-For.
 */
export function clientOfRequest(request: IncomingMessage, trustProxy: boolean): string {
  return clientKey(addressOfRequest(request, trustProxy));
}

/** Returns the IP address of the client that sent a request; undefined if its connection has been closed. */
export function addressOfRequest(request: IncomingMessage, trustProxy: boolean): string | undefined {
  const forwarded = trustProxy ? String(request.headers['x-forwarded-for'] ?? '') : '';
  const last = forwarded.split(',').at(-1)?.trim();
  return (last || request.socket.remoteAddress)?.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The query parameter for the address token in a WebTransport session's URL. */
export const ADDRESS_TOKEN_PARAM = 'client';
/**
 * How long an address token is valid after it is issued, in ms. Pages connect right after they receive the
 * token, and even slow pages connect within this time.
 */
const LIFETIME_MS = 120_000;
/** Length of the message authentication code (MAC) in bytes. 128 bits cannot be guessed. */
const MAC_BYTES = 16;
/** Maximum length of a token in characters: enough for an IPv6 network, a time and the MAC, in base64url. */
const MAX_CHARS = 200;

/**
 * Issues and checks tokens that prove a client's IP address, because the WebTransport addon does not report
 * it. `/relay.json` contains a token for the requesting address, and the page adds the token to the URL of
 * its session.
 */
export class AddressTokens {
  readonly #key = randomBytes(32);
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** Issues a client's address token, which is valid for two minutes. */
  issue(client: string): string {
    const text = `${this.#nowMs() + LIFETIME_MS} ${client}`;
    return `${Buffer.from(text).toString('base64url')}.${this.#mac(text).toString('base64url')}`;
  }

  /**
   * Returns the client that the token was issued for, or `UNIDENTIFIED_CLIENTS` if the token is missing, forged or
   * expired.
   */
  verify(token: string | null): string {
    const [body = '', mac = ''] = (token ?? '').slice(0, MAX_CHARS).split('.');
    const text = Buffer.from(body, 'base64url').toString('utf8');
    const given = Buffer.from(mac, 'base64url');
    if (given.byteLength !== MAC_BYTES || !timingSafeEqual(given, this.#mac(text)))
      return UNIDENTIFIED_CLIENTS;
    const [, expiresMs = '', client = UNIDENTIFIED_CLIENTS] = /^(\d+) (.+)$/.exec(text) ?? [];
    return Number(expiresMs) > this.#nowMs() ? client : UNIDENTIFIED_CLIENTS;
  }

  #mac(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest().subarray(0, MAC_BYTES);
  }
}
