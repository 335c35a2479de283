import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { ConnectError } from '../endpoint/connect-error.ts';
import { CALL_LIVENESS, watchLiveness } from '../network/liveness.ts';
import { NO_GRANTS } from '../origin/grants.ts';
import { Session } from '../origin/session.ts';
import { HEDGE_INTERVAL_MS, raceAttempts } from '../pull/race-attempts.ts';
import type { CallConnection } from './call-connection.ts';
import type { CallsOptions } from './calls-options.ts';
import type { DialFailure } from './disconnect.ts';

/** The subset of `CallsOptions` that dialing needs. */
export type CallDialer = Pick<CallsOptions, 'dial' | 'origin'>;

/** Makes a single attempt to connect to a call's peer. @throws the error from `dial` or from the MoQ handshake */
export async function dialCall(
  dialer: CallDialer,
  address: PeerAddr,
  signal: AbortSignal,
): Promise<CallConnection> {
  return openSession(dialer, await dialer.dial(address, { signal }), signal);
}

/**
 * Reconnects to a peer that was reachable a moment ago, with hedged attempts of at most `timeoutMs` each.
 * Attempts that lose the race are closed before they send anything, so the peer sees a single caller.
 *
 * @throws the error from the last attempt or from the MoQ handshake
 */
export async function redialCall(
  dialer: CallDialer,
  address: PeerAddr,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<CallConnection> {
  const dial = (attempt: AbortSignal) => dialer.dial(address, { signal: attempt, timeoutMs });
  const discard = (late: { close(): void }) => late.close();
  return openSession(
    dialer,
    await raceAttempts(dial, { everyMs: HEDGE_INTERVAL_MS, signal, discard }),
    signal,
  );
}

/** Maps an error from the endpoint's `connect` to the reason why a call could not be dialed. */
export function dialFailureOf(error: unknown): DialFailure {
  if (!(error instanceof ConnectError)) return 'failed';
  switch (error.reason) {
    case 'self':
      return 'invalid';
    case 'aborted':
      return 'failed';
    default:
      return error.reason;
  }
}

async function openSession(
  { origin }: CallDialer,
  transport: CallConnection['transport'],
  signal: AbortSignal,
): Promise<CallConnection> {
  const label = `call ${shortId(transport.remoteId)}`;
  const options = { origin, grants: NO_GRANTS, label, publisher: [transport.remoteId] };
  const session = await Session.connect(transport, options, signal);
  watchLiveness(session, CALL_LIVENESS);
  return { session, transport, incoming: false };
}
