import { Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import type { Scope } from '../../common/base/scope.ts';
import { log } from '../base/log.ts';
import { MAX_ANNOUNCED } from '../origin/announcement-subscriber.ts';
import type { Session } from '../origin/session.ts';

/** How long the peer may take to announce the first name before the alternatives are requested, in ms. */
const ALTERNATIVES_MS = 1_500;

/** Options for `watchNames`. */
export interface NamesOptions {
  /** The names under which the peer may announce the broadcast, the most likely one first. */
  names: readonly string[];
  /** Returns whether the names after the first one are still needed. */
  wanted(): boolean;
  /**
   * Called when a different name becomes the most likely live one, or its broadcast is replaced. `name` is
   * null if none of the names is live.
   */
  onChange(name: string | null): void;
}

/**
 * Reads a peer's announcements of one broadcast, whose name may differ from the ticket's. Peers announce only
 * the exact name that is requested, so each possible name needs its own stream. Stops when `scope` or the
 * session ends.
 */
export function watchNames(scope: Scope, session: Session, options: NamesOptions): void {
  const [first = '', ...others] = options.names;
  const live = new Set<string>();
  const alternatives = scope.child();
  let current: string | null = null;
  const onAnnounced = (name: string, active: boolean) => {
    if (active) live.add(name);
    else live.delete(name);
    if (name === first && active) void alternatives.close();
    const best = options.names.find((each) => live.has(each)) ?? null;
    if (best === current && name !== best) return;
    current = best;
    options.onChange(best);
  };
  readName(scope, session, first, (active) => onAnnounced(first, active));
  if (others.length === 0) return;
  const timer = setTimeout(() => {
    if (alternatives.closed || session.scope.closed || !options.wanted()) return;
    for (const name of others) readName(alternatives, session, name, (active) => onAnnounced(name, active));
  }, ALTERNATIVES_MS);
  alternatives.own(() => {
    clearTimeout(timer);
    for (const name of others) live.delete(name);
  });
}

/** Reads the announcements of one name until `scope` or the session ends. */
function readName(
  scope: Scope,
  session: Session,
  name: string,
  onAnnounced: (active: boolean) => void,
): void {
  const announcements = session.established.announced(Path.from(name));
  // Closes the subscriber with an error, because an error resets the stream. After a clean close, moq-net
  // would leave the stream open until the session ends.
  let forgetSession: () => void = () => undefined;
  const forget = scope.own(() => {
    forgetSession();
    announcements.close(new Error('released'));
  });
  forgetSession = session.scope.own(() => {
    forget();
    announcements.close();
  });
  readAll(scope, session, announcements, onAnnounced).catch((error: unknown) =>
    log.debug(`${session.label}: announcements ended: ${messageOf(error)}`),
  );
}

async function readAll(
  scope: Scope,
  session: Session,
  announcements: ReturnType<Session['established']['announced']>,
  onAnnounced: (active: boolean) => void,
): Promise<void> {
  let others = 0;
  for (;;) {
    const event = await announcements.next();
    if (!event || scope.closed || session.scope.closed) return;
    if (!session.announcements.tryTake()) {
      await session.closeForFlood('announcement-rate');
      return;
    }
    // The announcements include paths under this name. Those paths are other broadcasts.
    if (event.path === '') {
      onAnnounced(event.active);
      continue;
    }
    others += event.active ? 1 : -1;
    if (others > MAX_ANNOUNCED) await session.closeForFlood();
  }
}
