import { shortId } from '../../../common/words/caller-identity.ts';
import type { Origin } from '../../origin/origin.ts';
import { Session } from '../../origin/session.ts';
import { parseTicketPath } from '../../origin/ticket-path.ts';

/** One broadcast in the response of `/broadcasts.json`. The names are part of the public interface. */
export interface BroadcastReport {
  /** The path on the relay; for a pulled ticket, the broadcast's name at its publisher. */
  name: string;
  /** `published`: by a session with this relay; `pulled`: from the ticket of another peer. */
  source: 'published' | 'pulled';
  /** The session's transport and client, or the start of the peer's endpoint id. */
  publisher: string;
  /** Number of sessions that read a video or audio track. */
  viewers: number;
}

/** Lists the broadcasts of a relay with their viewers. Omits tickets, because anyone who has a ticket can watch. */
export function reportBroadcasts(origin: Origin): BroadcastReport[] {
  return origin.list().map(({ path, by, readers }) => {
    const pulled = by instanceof Session ? undefined : parseTicketPath(path)?.ticket;
    return {
      name: pulled?.broadcastName ?? path,
      source: by instanceof Session ? 'published' : 'pulled',
      publisher: by instanceof Session ? by.label : shortId(pulled?.endpointId ?? ''),
      viewers: readers.get(),
    };
  });
}
