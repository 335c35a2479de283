import type { CallRecord } from '../../common/bridge/bridge.ts';
import { CALL_NAME } from '../../common/bridge/bridge.ts';
import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';
import { formatTicket, type PeerAddr, TicketError } from '../../common/ticket/ticket.ts';
import type { Call } from './call.ts';
import type { CallTransport } from './call-connection.ts';

/** What the history keeps of a call that ended. */
export function recordOf(call: Call, address: PeerAddr | undefined): CallRecord {
  const { id, peer, direction, startedAtMs, activeAtMs, remote } = call.view;
  return {
    id,
    peer,
    remoteName: remote?.name ?? '',
    direction,
    startedAtMs,
    durationMs: activeAtMs === null ? 0 : Math.max(0, Date.now() - activeAtMs),
    outcome: call.outcome,
    ticket: ticketFor(address),
  };
}

/** What is known of a peer that came to us: enough to call back while it stays where it is. */
export function addressOf(transport: CallTransport): PeerAddr {
  const paths = transport.paths?.() ?? [];
  const at = (isThat: (path: (typeof paths)[number]) => boolean) => [
    ...new Set(paths.filter(isThat).map(({ remoteAddr }) => remoteAddr)),
  ];
  return {
    endpointId: transport.remoteId,
    relayUrls: at((path) => path.isRelay && URL.canParse(path.remoteAddr)),
    ipAddrs: at((path) => path.isIp && parseSocketAddr(path.remoteAddr) !== undefined),
  };
}

/** A call ticket, or null where the address makes none. */
export function ticketFor(address: PeerAddr | undefined): string | null {
  if (!address) return null;
  try {
    return formatTicket({ ...address, broadcastName: CALL_NAME });
  } catch (error) {
    if (error instanceof TicketError) return null;
    throw error;
  }
}
