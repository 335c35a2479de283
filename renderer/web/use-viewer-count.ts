import { useEffect, useState } from 'react';
import { PullEvents } from './pull-events.ts';
import type { RelayClient } from './relay-client.ts';

/**
 * Returns the number of relay sessions that watch this page's broadcast; null if unknown. The relay reports
 * it only if this page's token allows reading the broadcast.
 * @param ticket the ticket for the broadcast on the relay; null until it is known
 */
export function useViewerCount(relay: RelayClient, ticket: string | null): number | null {
  const [viewers, setViewers] = useState<number | null>(null);
  useEffect(() => {
    if (ticket === null) return;
    const events = new PullEvents(relay.pullEventsUrl(ticket));
    const unsubscribe = events.report.subscribe((report) => setViewers(report?.readers ?? null));
    return () => {
      unsubscribe();
      events.close();
      setViewers(null);
    };
  }, [relay, ticket]);
  return viewers;
}
