import { Backoff, type BackoffConfig } from '../../common/base/backoff.ts';
import { messageOf } from '../../common/base/errors.ts';
import { sleep } from '../../common/base/sleep.ts';
import { log } from '../base/log.ts';
import type { Call } from './call.ts';
import { type CallLink, REPLACED } from './call-connection.ts';

/** At once, then soon and often: the person sits there and waits for the picture. */
export const REDIAL_BACKOFF: BackoffConfig = { firstMs: 250, factor: 2, maxMs: 500 };

/**
 * Calls the peer of a lost call again until the call goes on by some link, or ends. Never rejects.
 *
 * @param reach One attempt; rejects when there is no connection.
 */
export async function redial(
  call: Call,
  reach: (signal: AbortSignal) => Promise<CallLink>,
  config: BackoffConfig = REDIAL_BACKOFF,
): Promise<void> {
  const { signal } = call;
  const backoff = new Backoff(config);
  while (call.state === 'reconnecting' && !signal.aborted) {
    // With a link the peer is there and has to say that it goes on.
    if (!call.link) await attempt(call, reach);
    if (call.state === 'reconnecting') await sleep(backoff.next(), signal);
  }
}

async function attempt(call: Call, reach: (signal: AbortSignal) => Promise<CallLink>): Promise<void> {
  try {
    const link = await reach(call.signal);
    if (call.state === 'reconnecting' && !call.link) call.attach(link);
    else void link.session.close(REPLACED);
  } catch (error) {
    if (!call.signal.aborted) log.info(`call ${call.id}: not back yet: ${messageOf(error)}`);
  }
}
