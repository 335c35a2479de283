import { messageOf } from '../../common/errors.ts';
import { log } from '../log.ts';
import type { Session } from './session.ts';

/**
 * Notices a peer that is gone without a goodbye. QUIC itself waits for its idle time-out (30 s with iroh: measured 31 s
 * from the kill of a publisher to the next picture). Anything received counts as a sign of life, acknowledgements
 * too; when nothing came for a while, something is sent that a living peer must acknowledge.
 */
export interface LivenessConfig {
  /** How often the byte counter is looked at. */
  everyMs: number;
  /** Silence after which the peer is nudged, each time it is looked at. */
  nudgeAfterMs: number;
  /** Silence after which it is given up. Well above any round trip and its retransmission. */
  lostAfterMs: number;
}

export const LIVENESS: LivenessConfig = { everyMs: 500, nudgeAfterMs: 1_500, lostAfterMs: 4_000 };

/** Closes the session when its peer has been silent for too long; stops by itself when the session ends. */
export function watchLiveness(session: Session, config: LivenessConfig): void {
  let received = -1;
  let heardAtMs = performance.now();
  let looking = false;

  const look = async () => {
    const { bytesReceived } = await session.established.stats();
    // A transport that counts nothing (a local socket) tells of its end by itself.
    if (bytesReceived === undefined || session.scope.closed) return;
    const nowMs = performance.now();
    if (bytesReceived !== received) {
      received = bytesReceived;
      heardAtMs = nowMs;
    } else if (nowMs - heardAtMs > config.lostAfterMs) {
      log.info(`${session.label}: silent for ${config.lostAfterMs} ms; given up`);
      await session.close('no answer');
    } else if (nowMs - heardAtMs > config.nudgeAfterMs) {
      await nudge(session);
    }
  };

  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: unknown) => log.debug(`${session.label}: liveness: ${messageOf(error)}`))
      .finally(() => {
        looking = false;
      });
  }, config.everyMs);
  session.scope.own(() => clearInterval(timer));
}

/** A stream opened and reset at once: it asks the peer for nothing but an acknowledgement. */
async function nudge(session: Session): Promise<void> {
  const stream = await session.transport.createBidirectionalStream();
  await Promise.all([stream.writable.abort('nudge'), stream.readable.cancel('nudge')]);
}
