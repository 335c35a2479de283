import { RELAY_ASSETS, RELAY_PAGES } from '../../../common/relay/relay-api.ts';
import { type PageFile, pageHeaders, readPage } from '../../base/page.ts';

const PAGE_FILES: Readonly<Record<string, string>> = {
  [RELAY_PAGES.viewer]: '/index.html',
  [RELAY_PAGES.publish]: '/publish.html',
  [RELAY_PAGES.embed]: '/embed.html',
};

/** Reads a page or asset of the relay. Returns null for any other path. Never reads outside `webRoot`. */
export async function readRelayPage(webRoot: string, pathname: string): Promise<PageFile | null> {
  const page = PAGE_FILES[pathname];
  if (page !== undefined) return readPage(webRoot, page);
  if (!pathname.startsWith(RELAY_ASSETS)) return null;
  const file = await readPage(webRoot, pathname);
  // The build adds a content hash to the name of every asset except entry files.
  const isImmutable = /-[0-9A-Za-z]{8}\.\w+$/.test(pathname);
  return file && { ...file, headers: { ...file.headers, ...(isImmutable ? IMMUTABLE : {}) } };
}

const IMMUTABLE = { 'cache-control': 'public, max-age=31536000, immutable' };

/**
 * Returns the headers that every response to this path needs. The content security policy lets a page connect
 * to its own host over HTTP, WebSocket and WebTransport.
 *
 * @param host the request's host, checked by `validHost`
 * @param quicPort the WebTransport port, which may differ from the page's; null if WebTransport is not served
 */
export function relayHeaders(
  pathname: string,
  host: string | undefined,
  quicPort: number | null,
): Record<string, string> {
  const name = host?.replace(/:\d+$/, '');
  const connect = host
    ? [
        `ws://${host}`,
        `wss://${host}`,
        `https://${host}`,
        ...(quicPort === null ? [] : [`https://${name}:${quicPort}`]),
      ]
    : [];
  const embedded = pathname === RELAY_PAGES.embed;
  return pageHeaders({ connect, embedded, shared: embedded || pathname.startsWith(RELAY_ASSETS) });
}

/** Headers that allow players on other sites to read a response. A moq-relay sends the same headers. */
export const CROSS_ORIGIN_HEADERS = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};
