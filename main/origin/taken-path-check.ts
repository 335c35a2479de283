import type { Path } from 'moq-net';
import type { Scope } from '../../common/base/scope.ts';

/**
 * How long after a refused broadcast the session's other broadcasts are checked, in ms. A session announces its broadcasts one
 * after the other.
 */
const CHECK_DELAY_MS = 500;

/** The session whose broadcasts are checked. */
interface CheckedSession {
  readonly scope: Scope;
  /** Whether at least one broadcast of the session is the current one at its path. */
  hasCurrentBroadcast(): boolean;
  /** Closes the session, because all of its broadcasts are at paths that belong to other publishers. */
  closeForTakenPath(path: Path.Valid): Promise<void>;
}

/**
 * Closes a session if every broadcast that it announces is at a path of another publisher. MoQ cannot refuse
 * a single announcement, so only the close reason can inform the publisher. A session with other broadcasts
 * stays open, because otherwise one taken path would block all broadcasts of a gateway.
 */
export class TakenPathCheck {
  readonly #session: CheckedSession;
  #timer: NodeJS.Timeout | undefined;

  constructor(session: CheckedSession) {
    this.#session = session;
    session.scope.own(() => clearTimeout(this.#timer));
  }

  /** Starts a check, unless one is already pending. `path` is the session path of the refused broadcast. */
  start(path: Path.Valid): void {
    const session = this.#session;
    if (session.scope.closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!session.hasCurrentBroadcast()) void session.closeForTakenPath(path);
    }, CHECK_DELAY_MS);
  }
}
