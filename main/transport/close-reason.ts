/** Why a connection ended, and by whom. */
export interface CloseReason {
  /** transport: neither side closed it; the network did, or it timed out. */
  by: 'local' | 'remote' | 'transport';
  /** The application's code, 0 where there is none. */
  code: number;
  /** The application's reason, or what the transport says. */
  reason: string;
}

/**
 * Reads the text of iroh's `closeReason()`: `closed by peer: bye (code 7)`, or `closed by peer: 7` without a reason;
 * `closed` is our own doing, `aborted by peer: …` and `reset by peer` the other QUIC stack's.
 *
 * @param own What we closed with, if we did: iroh does not tell.
 */
export function parseCloseReason(text: string | null, own?: { code: number; reason: string }): CloseReason {
  // Ended, and nobody says why: most likely the other side (so does iroh-live see it).
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
