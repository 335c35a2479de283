import { Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { CALL_NAME } from '../../common/bridge/bridge.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { STATUS_NAME } from './call-status.ts';

/**
 * Maximum number of announcements under `call` or the name of the call status that a peer may make before it
 * announces that name itself. A peer that exceeds the limit is treated as hostile.
 */
const MAX_OTHERS = 100;

/**
 * Resolves to true when the peer of an incoming session announces `call` or this app's call status, because
 * only callers do. Resolves to false when the session ends without such an announcement. Never rejects.
 */
export async function isCaller(session: Session): Promise<boolean> {
  const found = new AbortController();
  const results = await Promise.all([CALL_NAME, STATUS_NAME].map((name) => announces(session, name, found)));
  return results.includes(true);
}

async function announces(session: Session, name: string, found: AbortController): Promise<boolean> {
  const announcements = session.established.announced(Path.from(name));
  const stop = () => announcements.close(new Error('released'));
  if (found.signal.aborted) stop();
  found.signal.addEventListener('abort', stop, { once: true });
  const disown = session.scope.own(stop);
  try {
    for (let others = 0; ; ) {
      const event = await announcements.next();
      if (!event || session.scope.closed || found.signal.aborted) return false;
      if (event.path === '' && event.active) {
        found.abort();
        return true;
      }
      others += 1;
      if (others > MAX_OTHERS) {
        await session.closeForFlood();
        return false;
      }
    }
  } catch (error) {
    if (!found.signal.aborted) log.debug(`${session.label}: announcements ended: ${messageOf(error)}`);
    return false;
  } finally {
    disown();
    found.signal.removeEventListener('abort', stop);
    stop();
  }
}
