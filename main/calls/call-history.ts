import type { CallRecord } from '../../common/bridge/bridge.ts';

/**
 * Maximum number of calls in the history, enough for a call every other day for a year. `limitHistory` determines which
 * calls are dropped.
 */
export const MAX_RECORDS = 200;
/** Maximum number of unanswered calls from strangers in the history. */
export const MAX_STRANGER_RECORDS = 50;
/**
 * Number of calls that the history keeps for each of the four kinds (see `limitHistory`). Four times this
 * number must not exceed `MAX_RECORDS`.
 */
const GUARANTEED = 50;

/**
 * How much the user trusts a peer: `contact` if it is in the contacts, `known` if the user has called it or
 * answered its call, `stranger` otherwise.
 */
export type Standing = 'contact' | 'known' | 'stranger';

/** Returns the endpoint ids of all peers that the user has called, or whose calls the user has answered. */
export function knownPeers(history: readonly CallRecord[]): ReadonlySet<string> {
  return new Set(history.filter((record) => !isUnanswered(record)).map(({ peer }) => peer));
}

/**
 * Returns at most `MAX_RECORDS` calls, newest first, like `history`.
 *
 * There are four kinds of calls, which are dropped in this order: unanswered calls from strangers, from known
 * peers, from contacts, and all other calls. Each kind keeps a guaranteed number of calls, so strangers cannot
 * push out the calls of trusted peers. Among unanswered calls of one kind, the peer with the most calls loses
 * its oldest call.
 */
export function limitHistory(
  history: readonly CallRecord[],
  standingOf: (peer: string) => Standing,
): readonly CallRecord[] {
  const unanswered = history.filter(isUnanswered);
  const from = (standing: Standing) => unanswered.filter(({ peer }) => standingOf(peer) === standing);
  const kept = new Set(history);
  const drop = (record: CallRecord) => kept.delete(record);
  const limitFor = (records: readonly CallRecord[]) =>
    Math.max(GUARANTEED, records.length - Math.max(0, kept.size - MAX_RECORDS));
  const strangers = from('stranger');
  for (const record of excess(strangers, MAX_STRANGER_RECORDS)) drop(record);
  for (const records of [from('known'), from('contact')]) {
    for (const record of excess(records, limitFor(records))) drop(record);
  }
  const others = history.filter((record) => !isUnanswered(record));
  for (const record of others.slice(limitFor(others))) drop(record);
  return history.filter((record) => kept.has(record));
}

/** Whether this is an incoming call that the user did not answer. */
function isUnanswered({ direction, durationMs }: CallRecord): boolean {
  return direction === 'in' && durationMs === 0;
}

/** Returns the calls to drop so that at most `limit` remain. `records` is newest first. */
function excess(records: readonly CallRecord[], limit: number): readonly CallRecord[] {
  const byPeer = new Map<string, CallRecord[]>();
  // Oldest first, so that among peers with the same number of calls, the peer with the oldest call is found first.
  for (const record of records.toReversed()) {
    const calls = byPeer.get(record.peer);
    if (calls) calls.push(record);
    else byPeer.set(record.peer, [record]);
  }
  const dropped: CallRecord[] = [];
  while (records.length - dropped.length > limit) {
    let most: CallRecord[] = [];
    for (const calls of byPeer.values()) if (calls.length > most.length) most = calls;
    const oldest = most.shift();
    if (!oldest) break;
    dropped.push(oldest);
  }
  return dropped;
}
