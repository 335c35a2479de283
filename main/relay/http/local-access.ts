import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { isLoopback, parseSocketAddr } from '../../../common/ticket/socket-addr.ts';
import { validHost } from './request.ts';

/**
 * Checks for servers that anyone who reaches them may use, such as a relay in development mode. Pages on the internet reach
 * them too, through the browser of somebody on this machine or in this network: directly, which the Origin header shows, or
 * under a host name of their own that resolves to this machine (DNS rebinding), which the Host header shows.
 */

/** The headers that a browser sets and a page cannot change. */
interface RequestHeaders {
  host?: string | undefined;
  origin?: string | undefined;
}

/**
 * Why a request is refused, as text for the client; undefined if it is accepted. Accepted hosts are IP addresses and names that
 * nobody can register in the DNS. Accepted origins are pages on this machine and pages of the same host. A request without an
 * Origin header is not from a page of another site, or its response cannot be read there.
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

/** Whether `ADDR:PORT` is a loopback address, at which only this machine can connect. */
export function isLoopbackBind(bind: string): boolean {
  const addr = parseSocketAddr(bind);
  return addr !== undefined && isLoopback(addr);
}

/** Whether a host is an IP address or a name that does not exist in the public DNS, so that no stranger can register it. */
function isLocalName(name: string): boolean {
  if (isIP(name) !== 0 || name === hostname().toLowerCase()) return true;
  // Top-level domains that are reserved by RFC 2606, RFC 6762 and ICANN; and names without a dot.
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
