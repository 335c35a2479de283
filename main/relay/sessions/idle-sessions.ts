import { isSameNetwork } from '../../base/client-key.ts';

/** A session that may have to give its slot to another client. */
export interface EvictableSession {
  /** The client whose limits apply. */
  readonly client: string;
  /** Since when the session has not read or published anything, from `performance.now()`. */
  readonly idleSinceMs: number;
}

/**
 * Minimum time that a session must be idle before it can lose its slot, in ms. A page that waits for a broadcast to start is
 * also idle; it reconnects by itself.
 */
export const EVICTABLE_AFTER_MS = 30_000;
/** Minimum rate at which a session that reads a broadcast transfers data, in bytes per second. Audio alone needs 2,000. */
export const ACTIVE_BYTES_PER_S = 500;

/**
 * Selects the session that loses its slot to a newcomer: one that has been idle for long enough. The sessions of the client
 * with the most idle sessions come first, so that clients that hoard slots lose them before clients that only wait.
 *
 * @param client if set, only sessions of this client or of its IPv6 /48 network are considered, because their limit is the one
 *   that has been reached; otherwise all sessions are
 * @returns undefined if no session can be evicted
 */
export function selectIdleSession<Session extends EvictableSession>(
  sessions: Iterable<Session>,
  nowMs: number,
  client?: string,
): Session | undefined {
  const idle = [...sessions].filter(
    (session) =>
      nowMs - session.idleSinceMs >= EVICTABLE_AFTER_MS &&
      (client === undefined || isSameNetwork(session.client, client)),
  );
  const counts = new Map<string, number>();
  for (const { client: owner } of idle) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const countOf = (session: Session) => counts.get(session.client) ?? 0;
  return idle.reduce<Session | undefined>((best, session) => {
    if (!best || countOf(session) > countOf(best)) return session;
    return countOf(session) === countOf(best) && session.idleSinceMs < best.idleSinceMs ? session : best;
  }, undefined);
}
