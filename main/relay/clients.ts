import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { clientKey } from '../base/client-key.ts';
import type { PathSource } from '../network/path-source.ts';

/**
 * Who a client is, by which limits go, whatever it comes over: its IP address where that is known (see `clientKey`).
 * An address costs something; endpoint ids and sessions cost nothing.
 */

/** Of a request over HTTP, WebSocket too. */
export function clientOfRequest(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? String(request.headers['x-forwarded-for'] ?? '') : '';
  const last = forwarded.split(',').at(-1)?.trim();
  return clientKey(last || request.socket.remoteAddress);
}

/**
 * Of an iroh connection: the address that it came from, or, if it came through an iroh relay, that of the path that
 * carries the data. While that is the relay too, there is but the id. Not the path's first: it may be another of the
 * client's addresses a moment later.
 */
export function clientOfPeer({ transport, from }: { transport: PeerPaths; from: string }): string {
  if (from !== transport.remoteId) return from;
  const path = transport.paths().find(({ isSelected }) => isSelected);
  return !path || path.isRelay ? transport.remoteId : clientKey(path.remoteAddr);
}

type PeerPaths = Pick<PathSource, 'remoteId' | 'paths'>;

/** Sessions over WebTransport that were not introduced: one client together. */
export const STRANGERS = 'webtransport without an introduction';

/** The parameter of a WebTransport session's address that introduces its client. */
export const INTRODUCTION_PARAM = 'client';
/** A page connects right after it has asked; a slow one gets this long, in milliseconds. */
const VALID_MS = 120_000;
/** 128 bits cannot be guessed. */
const SEAL_BYTES = 16;
/** An IPv6 network and a time. */
const MAX_CHARS = 200;

/**
 * The WebTransport addon does not tell where its clients are. So whoever asks over HTTP what the relay is gets an
 * introduction for the address that the question came from, as part of the address for WebTransport.
 */
export class Introductions {
  readonly #key = randomBytes(32);
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  /** For one client, for some time. */
  write(client: string): string {
    const text = `${this.#nowMs() + VALID_MS} ${client}`;
    return `${Buffer.from(text).toString('base64url')}.${this.#seal(text).toString('base64url')}`;
  }

  /** Whom it introduces; `STRANGERS` when it is none, or too old. */
  read(introduction: string | null): string {
    const [body = '', seal = ''] = (introduction ?? '').slice(0, MAX_CHARS).split('.');
    const text = Buffer.from(body, 'base64url').toString('utf8');
    const given = Buffer.from(seal, 'base64url');
    if (given.byteLength !== SEAL_BYTES || !timingSafeEqual(given, this.#seal(text))) return STRANGERS;
    const [, untilMs = '', client = STRANGERS] = /^(\d+) (.+)$/.exec(text) ?? [];
    return Number(untilMs) > this.#nowMs() ? client : STRANGERS;
  }

  #seal(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest().subarray(0, SEAL_BYTES);
  }
}
