import type { CallRecord } from '../../common/bridge/bridge.ts';
import { CALL_NAME } from '../../common/bridge/bridge.ts';
import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';
import { formatTicket, type PeerAddr, TicketError } from '../../common/ticket/ticket.ts';
import type { Call } from './call.ts';
import type { CallTransport } from './call-connection.ts';

/** Builds the history entry for a call that has ended. */
export function callRecordOf(call: Call, address: PeerAddr | undefined): CallRecord {
  const { id, peer, direction, startedAtMs, activeAtMs, remote } = call.view;
  return {
    id,
    peer,
    remoteName: remote?.name ?? '',
    direction,
    startedAtMs,
    durationMs: activeAtMs === null ? 0 : Math.max(0, Date.now() - activeAtMs),
    outcome: call.outcome,
    ticket: callTicketFor(address),
  };
}

/**
 * Returns the address of a peer that connected to this endpoint, as observed on its connection. The user can
 * call the peer back at this address as long as it does not change.
 */
export function observedAddress(transport: CallTransport): PeerAddr {
  const paths = transport.paths?.() ?? [];
  const addressesOf = (matches: (path: (typeof paths)[number]) => boolean) => [
    ...new Set(paths.filter(matches).map(({ remoteAddr }) => remoteAddr)),
  ];
  return {
    endpointId: transport.remoteId,
    relayUrls: addressesOf((path) => path.isRelay && URL.canParse(path.remoteAddr)),
    ipAddrs: addressesOf((path) => path.isIp && parseSocketAddr(path.remoteAddr) !== undefined),
  };
}

/** Returns the call ticket for an address; null if the address is missing or cannot be part of a ticket. */
export function callTicketFor(address: PeerAddr | undefined): string | null {
  if (!address) return null;
  try {
    return formatTicket({ ...address, broadcastName: CALL_NAME });
  } catch (error) {
    if (error instanceof TicketError) return null;
    throw error;
  }
}
