import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { CALL_LIVENESS, watchLiveness } from '../network/liveness.ts';
import { NO_GRANTS } from '../origin/grants.ts';
import { Session } from '../origin/session.ts';
import { firstOf, HEDGE_EVERY_MS } from '../pull/hedge.ts';
import type { CallLink } from './call-connection.ts';
import type { CallsOptions } from './calls-options.ts';

/** What reaching a peer needs. */
export type Reaching = Pick<CallsOptions, 'dial' | 'origin'>;

/** One attempt to connect to the peer of a call. Rejects with what `dial` rejects with, or what the handshake does. */
export async function reach(reaching: Reaching, address: PeerAddr, signal: AbortSignal): Promise<CallLink> {
  return open(reaching, await reaching.dial(address, { signal }), signal);
}

/**
 * The same for a peer that was there a moment ago: attempts beside each other, none longer than `timeoutMs`. Those that
 * come too late are closed before anything is said on them, so that the peer sees one caller.
 */
export async function reachAgain(
  reaching: Reaching,
  address: PeerAddr,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<CallLink> {
  const dial = (attempt: AbortSignal) => reaching.dial(address, { signal: attempt, timeoutMs });
  const discard = (late: { close(): void }) => late.close();
  return open(reaching, await firstOf(dial, { everyMs: HEDGE_EVERY_MS, signal, discard }), signal);
}

async function open(
  { origin }: Reaching,
  transport: CallLink['transport'],
  signal: AbortSignal,
): Promise<CallLink> {
  const label = `call ${shortId(transport.remoteId)}`;
  const session = await Session.connect(transport, { origin, grants: NO_GRANTS, label }, signal);
  watchLiveness(session, CALL_LIVENESS);
  return { session, transport, incoming: false };
}
