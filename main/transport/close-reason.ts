/** Why a connection ended. */
export interface CloseReason {
  /** Which side closed the connection. `transport` means neither: the network failed or the connection timed out. */
  by: 'local' | 'remote' | 'transport';
  /** The application's close code; 0 if there is none. */
  code: number;
  /** The application's reason, or the transport's message. */
  reason: string;
}

/** The close reason that the app sends on all connections when it exits, as in iroh-live. The code is 0. */
const SHUTDOWN_REASON = 'cancelled';

/** Whether the peer's app closed this transport because it was exiting. False if the transport reports no close reason. */
export function isPeerShutdown(transport: object): boolean {
  if (!('closeReason' in transport) || typeof transport.closeReason !== 'function') return false;
  const close = (transport as { closeReason(): CloseReason | undefined }).closeReason();
  return close?.by === 'remote' && close.code === 0 && close.reason === SHUTDOWN_REASON;
}

/**
 * Parses the string from iroh's `closeReason()`: `closed by peer: bye (code 7)`, or `closed by peer: 7`
 * without a reason. `closed` means that this side closed the connection; `aborted by peer: …` and `reset by
 * peer` come from the peer's QUIC stack.
 *
 * @param text the string, or null if iroh gives no reason
 * @param own the code and reason with which this side closed the connection, which iroh does not report;
 *   undefined if the peer closed first
 */
export function parseCloseReason(text: string | null, own?: { code: number; reason: string }): CloseReason {
  // No reason is known. Most likely the peer closed the connection, which iroh-live also assumes.
  if (text === null && !own) return { by: 'remote', code: 0, reason: '' };
  if (text === null || text === 'closed')
    return { by: 'local', code: own?.code ?? 0, reason: own?.reason ?? '' };
  const application = /^closed by peer: (?:(.*) \(code (\d+)\)|(\d+))$/s.exec(text);
  if (application) {
    const code = Number(BigInt.asUintN(32, BigInt(application[2] ?? application[3] ?? 0)));
    return { by: 'remote', code, reason: application[1] ?? '' };
  }
  const byPeer = text.startsWith('aborted by peer') || text.startsWith('reset by peer');
  return { by: byPeer ? 'remote' : 'transport', code: 0, reason: text };
}
