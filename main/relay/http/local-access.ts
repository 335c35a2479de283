import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { isLoopback, parseSocketAddr } from '../../../common/ticket/socket-addr.ts';
import { validHost } from './request.ts';

/**
 * Checks for requests to a server without access control, such as a relay in development mode. Any page that
 * is opened on this machine or network can send requests to the server. If such a page requests the server's
 * own address, the Origin header names the page's site. If it requests its own host name, which resolves to
 * this machine (DNS rebinding), the Host header contains that name.
 */

/** The headers that a browser sets and a page cannot change. */
interface RequestHeaders {
  host?: string | undefined;
  origin?: string | undefined;
}

/**
 * Returns why a request is refused, as text for the client; undefined if it is accepted. Accepted hosts are
 * IP addresses and names that nobody can register in the DNS. Accepted origins are pages on this machine and
 * pages from the same host. Requests without an Origin header are accepted, because a page on another site
 * cannot read the response.
 */
export function localAccessFault({ host, origin }: RequestHeaders): string | undefined {
  const name = hostNameOf(host);
  if (name === undefined || !isLocalName(name)) {
    return 'This server accepts only requests to localhost or to an IP address.';
  }
  if (origin === undefined) return undefined;
  const from = URL.canParse(origin) ? unbracketed(new URL(origin).hostname) : '';
  const isLocalPage = from === 'localhost' || from.endsWith('.localhost') || isLoopbackIp(from);
  return isLocalPage || from === name ? undefined : 'This server does not accept requests from other sites.';
}

/**
 * Whether `ADDR:PORT` is a loopback address. Only programs on this machine can connect to such an address.
 */
export function isLoopbackBind(bind: string): boolean {
  const addr = parseSocketAddr(bind);
  return addr !== undefined && isLoopback(addr);
}

/** Whether a host is an IP address, or a name that no stranger can register in the public DNS. */
function isLocalName(name: string): boolean {
  if (isIP(name) !== 0 || name === hostname().toLowerCase()) return true;
  // Names without a dot, and names under top-level domains that RFC 2606, RFC 6762, or ICANN has reserved.
  return !name.includes('.') || /\.(localhost|local|internal|home\.arpa|test)$/.test(name);
}

function hostNameOf(header: string | undefined): string | undefined {
  const host = validHost(header);
  return host === undefined
    ? undefined
    : unbracketed(host.replace(/:\d+$/, '')).toLowerCase().replace(/\.$/, '');
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

function isLoopbackIp(ip: string): boolean {
  const addr = isIP(ip) === 6 ? parseSocketAddr(`[${ip}]:0`) : parseSocketAddr(`${ip}:0`);
  return addr !== undefined && isLoopback(addr);
}
