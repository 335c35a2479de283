import { isIP } from 'node:net';
import { ReasonError } from '../../../common/base/errors.ts';
import { formatSocketAddr, parseSocketAddr } from '../../../common/ticket/socket-addr.ts';
import type { PeerAddr } from '../../../common/ticket/ticket.ts';
import { shortId } from '../../../common/words/caller-identity.ts';
import { hostOfSocketAddr, isPublicIp } from '../../base/public-ip.ts';
import { connectError } from '../../endpoint/connect-error.ts';
import type { LiveEndpoint } from '../../endpoint/endpoint.ts';
import type { Transport } from '../../origin/session.ts';
import type { IrohTransport } from '../../transport/iroh.ts';
import type { OnRefused } from '../access/limits.ts';
import { type ClientsOf, DialBudget } from './dial-budget.ts';
import { resolveHost } from './resolve-host.ts';

/**
 * Thrown when a ticket has addresses, but none that this relay may dial. `private`: retrying is pointless.
 * `unresolved`: the name of an iroh relay may resolve to another address later.
 */
export class AddressError extends ReasonError<'private' | 'unresolved'> {}

/** Rules for the ticket addresses that a relay may dial. */
interface AddressRules {
  /** Whether all addresses are allowed. */
  allowPrivate: boolean;
  /** The iroh relay's URL from the command line. It is trusted even if it is on a private network. */
  ownRelayUrl: string;
  /** Resolves a host name to all of its addresses. Replaced in tests. */
  resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Maximum number of iroh relays that are checked for one ticket. A peer has one iroh relay and may have had
 * others before. A longer list would only cause more DNS lookups.
 */
const MAX_RELAYS = 2;

/**
 * Returns the part of a ticket's address that this relay may dial, because strangers must not use a public
 * relay to probe its own network. Host names of iroh relays are resolved here and again by iroh when it
 * dials. Only the first allowed iroh relay is kept, because iroh uses only one.
 *
 * @throws AddressError if the ticket has addresses but none of them is allowed
 */
export async function allowedAddress(address: PeerAddr, rules: AddressRules): Promise<PeerAddr> {
  if (rules.allowPrivate) return address;
  const ipAddrs = address.ipAddrs.filter((text) => {
    const addr = parseSocketAddr(text);
    return addr !== undefined && addr.port !== 0 && isPublicIp(hostOfSocketAddr(formatSocketAddr(addr)));
  });
  const candidates = address.relayUrls
    .flatMap((url) => relayCandidate(url, rules) ?? [])
    .slice(0, MAX_RELAYS);
  const checked = await Promise.all(
    candidates.map(async ({ url, name }) =>
      name === null || (await isPublicName(name, rules)) ? [url] : [],
    ),
  );
  const relayUrls = checked.flat().slice(0, 1);
  const had = address.ipAddrs.length + address.relayUrls.length;
  if (had > 0 && ipAddrs.length + relayUrls.length === 0) {
    throw new AddressError(
      candidates.some(({ name }) => name !== null) ? 'unresolved' : 'private',
      'the ticket has only private addresses, and this relay does not connect to those',
    );
  }
  return { endpointId: address.endpointId, relayUrls, ipAddrs };
}

/** Like `Dial`, but also receives a function that returns the clients that need the connection. */
export type ClientDial = (address: PeerAddr, signal: AbortSignal, clientsOf: ClientsOf) => Promise<Transport>;

/**
 * Creates a dial function that applies the address rules and the dial budget. The function rejects with an
 * AddressError if no address is allowed, and with a ConnectError if the budget for all addresses is used up.
 * In both cases, it also calls `onRefused`.
 */
export function restrictedDial(endpoint: LiveEndpoint, rules: AddressRules, onRefused: OnRefused) {
  const budget = new DialBudget();
  return async (address: PeerAddr, signal: AbortSignal, clientsOf: ClientsOf): Promise<IrohTransport> => {
    try {
      const allowed = budget.spend(await allowedAddress(address, rules), clientsOf);
      if (!allowed) {
        onRefused(
          'dials',
          `peer ${shortId(address.endpointId)}`,
          'its addresses do not answer; too many attempts',
        );
        throw connectError('offline');
      }
      const transport = await endpoint.connect(allowed, { signal });
      for (const path of transport.paths()) if (!path.isRelay) budget.confirm(path.remoteAddr);
      return transport;
    } catch (error) {
      if (error instanceof AddressError)
        onRefused('address', `peer ${shortId(address.endpointId)}`, error.message);
      throw error;
    }
  };
}

/**
 * Checks an iroh relay's URL. Returns undefined if the relay is not allowed. Otherwise, returns the URL and
 * the host name that the caller must resolve and check; the host name is null if no lookup is needed.
 */
function relayCandidate(url: string, rules: AddressRules): { url: string; name: string | null } | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return undefined;
  const isOwn = URL.canParse(rules.ownRelayUrl) && new URL(rules.ownRelayUrl).host === parsed.host;
  if (isOwn) return { url, name: null };
  const name = parsed.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(name)) return isPublicIp(name) ? { url, name: null } : undefined;
  // Names without a dot and names in local domains are never public.
  const isLocal = !name.includes('.') || /\.(local|localhost|internal|home\.arpa|lan)$/i.test(name);
  return isLocal ? undefined : { url, name };
}

async function isPublicName(name: string, rules: AddressRules): Promise<boolean> {
  const found = await (rules.resolve ?? resolveHost)(name);
  return found.length > 0 && found.every(isPublicIp);
}
