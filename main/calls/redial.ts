import { Backoff, type BackoffConfig } from '../../common/base/backoff.ts';
import { messageOf } from '../../common/base/errors.ts';
import { sleep } from '../../common/base/sleep.ts';
import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import { type CallConnection, REPLACED } from './call-connection.ts';

/** Redialing starts immediately and repeats quickly, because the user is waiting for the video to return. */
const REDIAL_BACKOFF: BackoffConfig = { firstMs: 250, factor: 2, maxMs: 500 };

/**
 * Redials the peer of a lost call until the call is active again or ends. Never rejects.
 *
 * @param dial makes a single attempt and rejects if it fails
 */
export async function redialUntilRestored(
  call: Call,
  dial: (signal: AbortSignal) => Promise<CallConnection>,
  config: BackoffConfig = REDIAL_BACKOFF,
): Promise<void> {
  const { signal } = call;
  const backoff = new Backoff(config);
  while (call.state === 'reconnecting' && !signal.aborted) {
    // If there is already a connection, the peer only has to confirm that it still considers the call active.
    if (!call.connection) await attempt(call, dial);
    if (call.state === 'reconnecting') await sleep(backoff.next(), signal);
  }
}

async function attempt(call: Call, dial: (signal: AbortSignal) => Promise<CallConnection>): Promise<void> {
  try {
    const connection = await dial(call.signal);
    if (call.state === 'reconnecting' && !call.connection) call.attach(connection);
    else void connection.session.close(REPLACED);
  } catch (error) {
    if (!call.signal.aborted) log.info(`call ${call.id}: not restored yet: ${messageOf(error)}`);
  }
}
