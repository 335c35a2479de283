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
 * Returns the text of a ticket for this relay, up to and including the `/` before the broadcast's name. IP
 * addresses are included only if the client may publish, because they can reveal a machine behind a proxy.
 * Private addresses are included only if the client's own address is private or the relay allows them.
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
