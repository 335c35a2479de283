import type { PeerAddr } from './ticket.ts';
import { parseTicket, TicketError } from './ticket.ts';

/** Longest address of a relay that is taken, in characters: a token may be part of it. */
export const MAX_RELAY_CHARS = 4096;

/** The address of a relay for share links, as a web address up to its host and port; null for what is none. */
export function parseShareRelay(text: string): URL | null {
  const url = parseUrl(text);
  if (!url || !/^https?:$/.test(url.protocol)) return null;
  return new URL('/', url);
}

/** Where broadcasts are pushed to: a relay by its web address, or by its endpoint over iroh. */
export type PushTarget =
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'iroh'; readonly address: PeerAddr };

/**
 * Reads what a person gave as the relay to push to: a web address (`https:`, `http:`, `wss:`, `ws:`, or none of these
 * before a host), an endpoint id, or a ticket of the relay's. Null for what is none of them.
 */
export function parsePushTarget(text: string): PushTarget | null {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) {
    return { kind: 'iroh', address: { endpointId: trimmed.toLowerCase(), relayUrls: [], ipAddrs: [] } };
  }
  if (trimmed.startsWith('iroh-live:')) {
    try {
      const { endpointId, relayUrls, ipAddrs } = parseTicket(trimmed, { allowEmptyName: true });
      return { kind: 'iroh', address: { endpointId, relayUrls, ipAddrs } };
    } catch (error) {
      if (error instanceof TicketError) return null;
      throw error;
    }
  }
  const url = parseUrl(trimmed);
  return url && /^(https?|wss?):$/.test(url.protocol) ? { kind: 'url', url } : null;
}

/** Where a broadcast of that name is on the relay that it is pushed to: the address's path is where the session begins. */
export function pushedPath(url: URL, name: string): string {
  const root = url.pathname.split('/').filter((part) => part !== '');
  return [...root.map(decodePart), name].join('/');
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // No encoding: as it stands.
    return part;
  }
}

function parseUrl(text: string): URL | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_RELAY_CHARS || /\s/.test(trimmed)) return null;
  // A host with a port alone reads as a scheme.
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(whole)) return null;
  const url = new URL(whole);
  return url.hostname === '' || url.username !== '' ? null : url;
}
