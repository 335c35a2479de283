import { findTicket } from './find-ticket.ts';
import type { PeerAddr } from './ticket.ts';
import { TICKET_SCHEME, TicketError } from './ticket.ts';

/** Maximum length of a relay address in characters. The address may contain a token. */
export const MAX_RELAY_CHARS = 4096;

/**
 * Parses the address of the relay for share links. Returns the URL of the relay's start page, or null if the
 * text is not a web address. A path that ends with a slash is kept, as in `https://example.org/live/` for a
 * relay behind a proxy; any other path becomes `/`.
 */
export function parseShareRelay(text: string): URL | null {
  const url = parseUrl(text);
  if (!url || !/^https?:$/.test(url.protocol)) return null;
  return new URL(url.pathname.endsWith('/') ? url.pathname : '/', url.origin);
}

/** A relay that broadcasts are pushed to, identified by its web address or, over iroh, by its endpoint. */
export type PushTarget =
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'iroh'; readonly address: PeerAddr };

/**
 * Parses the address of the relay to push to: a web address (`https:`, `http:`, `wss:`, `ws:`, or a host
 * without a scheme), an endpoint id, or a ticket to the relay. Returns null for any other text.
 */
export function parsePushTarget(text: string): PushTarget | null {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) {
    return { kind: 'iroh', address: { endpointId: trimmed.toLowerCase(), relayUrls: [], ipAddrs: [] } };
  }
  if (trimmed.toLowerCase().includes(TICKET_SCHEME) && !/^(https?|wss?):/i.test(trimmed)) {
    try {
      const { endpointId, relayUrls, ipAddrs } = findTicket(trimmed, { allowEmptyName: true });
      return { kind: 'iroh', address: { endpointId, relayUrls, ipAddrs } };
    } catch (error) {
      if (error instanceof TicketError) return null;
      throw error;
    }
  }
  const url = parseUrl(trimmed);
  return url && /^(https?|wss?):$/.test(url.protocol) ? { kind: 'url', url } : null;
}

/**
 * Returns a pushed broadcast's MoQ path on the relay: the path in the relay's address followed by the
 * broadcast name.
 */
export function pushedPath(url: URL, name: string): string {
  const root = url.pathname.split('/').filter((part) => part !== '');
  return [...root.map(decodePart), name].join('/');
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // `part` is not valid percent-encoding, so it is used unchanged.
    return part;
  }
}

function parseUrl(text: string): URL | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_RELAY_CHARS || /\s/.test(trimmed)) return null;
  // Without a scheme, the URL parser would mistake the host of `host:port` for a scheme.
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  return url.hostname === '' || url.username !== '' ? null : url;
}
