import { formatTicket } from '../../../common/ticket/ticket.ts';
import { hostOfSocketAddr, isPublicIp } from '../../base/public-ip.ts';
import type { LiveEndpoint } from '../../endpoint/endpoint.ts';

/** The client that requests the ticket, and the relay's rule for private addresses. */
interface TicketBaseOptions {
  /** The client's IP address; undefined if its connection has been closed. */
  client: string | undefined;
  /** Whether the client may publish on this relay. Only publishers need tickets. */
  mayPublish: boolean;
  allowPrivateAddresses: boolean;
}

/**
 * Returns the text of a ticket for this relay, up to and including the `/` before the broadcast's name. A
 * ticket contains the machine's network addresses. They can reveal the address that a proxy hides, and
 * addresses on the internal network. The ticket therefore contains IP addresses only if the client may
 * publish. It contains private addresses only if the client itself has a private address, or if the relay
 * allows private addresses.
 */
export function ticketBaseFor(
  endpoint: Pick<LiveEndpoint, 'id' | 'addr'>,
  { client, mayPublish, allowPrivateAddresses }: TicketBaseOptions,
): string {
  const { relayUrls, ipAddrs } = endpoint.addr.get();
  const isLocalClient = client !== undefined && !isPublicIp(client);
  const mayKnow = (addr: string) =>
    mayPublish && (allowPrivateAddresses || isLocalClient || isPublicIp(hostOfSocketAddr(addr)));
  const ticket = { endpointId: endpoint.id, relayUrls, ipAddrs: ipAddrs.filter(mayKnow), broadcastName: 'x' };
  return formatTicket(ticket).slice(0, -1);
}
