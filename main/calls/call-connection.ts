import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import type { Session, Transport } from '../origin/session.ts';
import type { CloseInfo } from './disconnect.ts';

/** A transport that reports why it closed, such as an iroh connection. */
export interface CallTransport extends Transport {
  /** The peer's endpoint id, 64 hex digits, proven by the handshake. */
  readonly remoteId: string;
  /** Returns why the transport closed; undefined while it is open. */
  closeReason(): CloseInfo | undefined;
  /** The connection's network paths. */
  paths?(): readonly { remoteAddr: string; isIp: boolean; isRelay: boolean }[];
}

/** A session that can carry a call, with its transport. */
export interface CallConnection {
  session: Session;
  transport: CallTransport;
  /** Whether the peer opened the connection. */
  incoming: boolean;
}

/** Close reason for a connection that was replaced. The code is 0, and the call continues on the new connection. */
export const REPLACED = 'replaced';
/** Close reason that the liveness check (main/network/liveness.ts) uses when a peer stops answering. */
const SILENT = 'no answer';

/**
 * Resolves when the connection has closed. The value is the close reason, if the transport knows it. Never
 * rejects.
 */
export async function closeInfoOf({ transport }: CallConnection): Promise<CloseInfo | undefined> {
  try {
    await transport.closed;
  } catch (error) {
    log.debug(`call: ${messageOf(error)}`);
  }
  return transport.closeReason();
}

/**
 * Whether a connection was lost rather than closed on purpose. `Call` drops its reference before it closes a
 * connection. A current connection that was closed locally was therefore closed after a fault, by the
 * liveness check or by the MoQ or iroh library.
 */
export function isConnectionLoss(close: CloseInfo | undefined): boolean {
  if (!close) return false;
  if (close.by === 'transport') return true;
  if (close.by === 'local') return close.code === 0;
  return close.code === 0 && (close.reason === SILENT || close.reason === REPLACED);
}
