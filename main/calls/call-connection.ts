import { Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { CALL_NAME } from '../../common/bridge/bridge.ts';
import { log } from '../base/log.ts';
import type { Session, Transport } from '../origin/session.ts';
import type { CloseInfo } from './disconnect.ts';
import { STATUS_NAME } from './status.ts';

/** A transport that knows why it ended: an iroh connection. */
export interface CallTransport extends Transport {
  /** 64 hex digits, proven by the handshake. */
  readonly remoteId: string;
  closeReason(): CloseInfo | undefined;
  paths?(): readonly { remoteAddr: string; isIp: boolean; isRelay: boolean }[];
}

/** A session that carries a call. */
export interface CallLink {
  session: Session;
  transport: CallTransport;
  /** Whether the peer made it. */
  incoming: boolean;
}

/** With which a link that another one took over from is closed, code 0: the call goes on. */
export const REPLACED = 'replaced';
/** With which the liveness watch (main/network/liveness.ts) gives up a silent peer. */
const SILENT = 'no answer';

/** Why a link ended, once it has. Never rejects. */
export async function closeOf({ transport }: CallLink): Promise<CloseInfo | undefined> {
  try {
    await transport.closed;
  } catch (error) {
    log.debug(`call: ${messageOf(error)}`);
  }
  return transport.closeReason();
}

/**
 * Whether a link was lost rather than ended on purpose. This side ends a call's links through the call alone, which
 * forgets them first: a close of its own that is seen here is the liveness watch's, or the library's after a fault.
 */
export function isLoss(close: CloseInfo | undefined): boolean {
  if (!close) return false;
  if (close.by === 'transport') return true;
  if (close.by === 'local') return close.code === 0;
  return close.code === 0 && (close.reason === SILENT || close.reason === REPLACED);
}

/**
 * Resolves to true when the peer turns out to be a caller: it announces `call`, or our own app's status. A viewer
 * announces nothing; false when its session ends. Never rejects.
 */
export async function isCaller(session: Session): Promise<boolean> {
  const done = new AbortController();
  const found = await Promise.all([CALL_NAME, STATUS_NAME].map((name) => announces(session, name, done)));
  return found.includes(true);
}

/** More announcements than this below one name are nobody's call. */
const MAX_OTHERS = 100;

async function announces(session: Session, name: string, done: AbortController): Promise<boolean> {
  const announcements = session.established.announced(Path.from(name));
  const stop = () => announcements.close(new Error('released'));
  if (done.signal.aborted) stop();
  done.signal.addEventListener('abort', stop, { once: true });
  const forget = session.scope.own(stop);
  try {
    for (let others = 0; ; ) {
      const event = await announcements.next();
      if (!event || session.scope.closed || done.signal.aborted) return false;
      if (event.path === '' && event.active) {
        done.abort();
        return true;
      }
      others += 1;
      if (others > MAX_OTHERS) {
        await session.flooded();
        return false;
      }
    }
  } catch (error) {
    if (!done.signal.aborted) log.debug(`${session.label}: announcements ended: ${messageOf(error)}`);
    return false;
  } finally {
    forget();
    done.signal.removeEventListener('abort', stop);
    stop();
  }
}
