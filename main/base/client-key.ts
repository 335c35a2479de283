import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';

/** The shared identity of all WebTransport sessions without a valid address token. */
export const UNIDENTIFIED_CLIENTS = 'webtransport without an address token';
/**
 * The identity that all iroh peers behind iroh relays share, because their addresses are unknown. Endpoint
 * ids cannot be used, because anyone can create any number of them.
 */
export const RELAYED_PEERS = 'peers behind iroh relays';

/**
 * Ratio of the limit for a whole IPv6 /48 network to the limit for one client. Providers assign a /48 to one
 * site, so all of its /64 networks often have the same owner.
 */
export const NETWORK_FACTOR = 4;

/** Whether a client key is an identity that any number of clients share. */
export function isSharedClient(client: string): boolean {
  return client === UNIDENTIFIED_CLIENTS || client === RELAYED_PEERS;
}

/**
 * Returns the key that identifies a client for rate limits: its IPv4 address, or the /64 prefix of its IPv6
 * address, because providers assign at least a /64 to each customer. Returns `unknown` if there is no
 * address.
 */
export function clientKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = address
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '');
  const ip = parseSocketAddr(plain.includes(':') ? `[${plain}]:0` : `${plain}:0`)?.ip;
  if (!ip || ip.length === 4) return plain;
  return `${Array.from(ip.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')}/64`;
}

/**
 * Returns the key of the client's IPv6 /48 network. Limits also apply to that network, because one site may
 * own all of its 65,536 /64 networks. Returns undefined unless the client is an IPv6 network.
 *
 * @param client a key from `clientKey`
 */
export function networkOf(client: string): string | undefined {
  return /^[0-9a-f]{16}\/64$/.test(client) ? `${client.slice(0, 12)}/48` : undefined;
}

/** Whether two clients are the same, or are in the same /48 network. */
export function isSameNetwork(a: string, b: string): boolean {
  const network = networkOf(a);
  return a === b || (network !== undefined && network === networkOf(b));
}
