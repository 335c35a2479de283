import type { PeerAddr } from '../../common/ticket.ts';
import { shortId } from '../../common/who.ts';
import { NO_GRANTS } from '../origin/grants.ts';
import { LIVENESS, watchLiveness } from '../origin/liveness.ts';
import { Session } from '../origin/session.ts';
import type { CallLink } from './link.ts';
import type { CallsOptions } from './options.ts';

/** One attempt to connect to the peer of a call. Rejects with what `dial` rejects with, or what the handshake does. */
export async function reach(
  { dial, origin, liveness }: Pick<CallsOptions, 'dial' | 'origin' | 'liveness'>,
  address: PeerAddr,
  signal: AbortSignal,
  timeoutMs?: number,
): Promise<CallLink> {
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  const transport = await dial(address, { signal, ...limit });
  const label = `call ${shortId(address.endpointId)}`;
  const session = await Session.connect(transport, { origin, grants: NO_GRANTS, label }, signal);
  watchLiveness(session, liveness ?? LIVENESS);
  return { session, transport, incoming: false };
}
