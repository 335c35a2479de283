import { CLOSE_EXPIRED } from '../../../common/relay/relay-api.ts';
import type { Session } from '../../origin/session.ts';

/** The maximum delay that `setTimeout` supports, in ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Closes the session when its token expires. `expiresAtMs` is in milliseconds since 1970. */
export function closeAt(session: Session, expiresAtMs: number): void {
  const check = () => {
    const leftMs = expiresAtMs - Date.now();
    if (leftMs > 0) timer = setTimeout(check, Math.min(leftMs, MAX_TIMER_MS));
    else void session.close('the token has expired', CLOSE_EXPIRED);
  };
  let timer: NodeJS.Timeout | undefined;
  check();
  session.scope.own(() => clearTimeout(timer));
}
