import { RELAY_ASSETS, RELAY_PAGES } from '../../common/relay/relay-api.ts';
import { type PageFile, pageHeaders, readPage } from '../base/page.ts';

/** The relay's pages and their files, and the headers that they are served with. */

const files: Readonly<Record<string, string>> = {
  [RELAY_PAGES.viewer]: '/index.html',
  [RELAY_PAGES.publish]: '/publish.html',
  [RELAY_PAGES.embed]: '/embed.html',
};

/** A page or a file of one, or null for what is neither. Never leaves `root`. */
export async function relayPage(root: string, pathname: string): Promise<PageFile | null> {
  const page = files[pathname];
  if (page !== undefined) return readPage(root, page);
  if (!pathname.startsWith(RELAY_ASSETS)) return null;
  const file = await readPage(root, pathname);
  // A build gives every file a name of its own, but for the entries.
  const lasting = /-[0-9A-Za-z]{8}\.\w+$/.test(pathname);
  return file && { ...file, headers: { ...file.headers, ...(lasting ? LASTING : {}) } };
}

const LASTING = { 'cache-control': 'public, max-age=31536000, immutable' };

/**
 * For every answer. A page connects to its own host: over HTTP, WebSocket, and WebTransport, which has a port of its
 * own perhaps.
 *
 * @param host As the request names it, checked by `hostOf`.
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

/** What anybody's page may ask, as on a moq-relay: players on other sites read it. */
export const OPEN_HEADERS = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

/** The Host header, if it is a name or an address with perhaps a port, and nothing that means more in a policy. */
export function hostOf(header: string | undefined): string | undefined {
  return header !== undefined && /^(?:[\w.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::\d{1,5})?$/.test(header)
    ? header
    : undefined;
}
