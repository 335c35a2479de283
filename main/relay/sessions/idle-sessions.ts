import { isSameNetwork } from '../../base/client-key.ts';

/** A session that can lose its slot to a new session. */
export interface EvictableSession {
  /** The client whose limits apply. */
  readonly client: string;
  /** When the session became idle, from `performance.now()`. */
  readonly idleSinceMs: number;
}

/**
 * How long a session must be idle before it can lose its slot, in ms. A page that waits for a broadcast to
 * start also counts as idle. If it loses its slot, it reconnects automatically.
 */
const EVICTABLE_AFTER_MS = 30_000;
/**
 * Data rate below which a session counts as idle, in bytes per second. Even a session that reads only audio
 * transfers about 2,000.
 */
export const ACTIVE_BYTES_PER_S = 500;

/**
 * Selects the session that loses its slot to a new session, among those that have been idle for at least
 * `EVICTABLE_AFTER_MS`. The client with the most idle sessions loses one first, because it may be hoarding
 * slots.
 *
 * @param client if set, only sessions of this client or of its IPv6 /48 network are considered, because that
 *   limit has been reached
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
