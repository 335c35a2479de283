import type { PullReport } from '../../common/relay/relay-api.ts';
import type { Ticket } from '../../common/ticket/ticket.ts';
import type { Origin } from '../origin/origin.ts';
import { type Access, grantsOf } from './auth.ts';
import { localPath } from './sessions.ts';

/** What is told of a ticket to the relay's own endpoint, to those who may read what it names; undefined to others. */
export function localReport(
  origin: Origin,
  { broadcastName }: Ticket,
  access: Access,
): PullReport | undefined {
  const path = localPath(broadcastName, grantsOf(access));
  if (path === undefined) return undefined;
  const publication = origin.get(path);
  return {
    state: publication ? 'live' : 'waiting',
    failure: null,
    message: publication ? '' : 'Nothing is published under this name yet.',
    readers: publication?.readers.get() ?? 0,
    upstream: null,
  };
}
