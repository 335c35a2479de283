import type { Origin } from '../origin/origin.ts';
import type { Observed } from './metrics.ts';
import type { RelayPulls } from './pulls.ts';
import type { Sessions } from './sessions.ts';

/** What the metrics say of a relay at this moment. */
export function observe(origin: Origin, relayed: RelayPulls, sessions: Sessions): Observed {
  const pulls: Record<string, number> = {};
  for (const { state } of relayed.states) pulls[state] = (pulls[state] ?? 0) + 1;
  const { sent, received } = sessions.bytes;
  return {
    sessions: sessions.counts,
    broadcasts: origin.list().length,
    pulls,
    upstreams: relayed.upstreams,
    sentBytes: sent,
    receivedBytes: received,
  };
}
