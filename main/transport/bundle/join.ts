import { timingSafeEqual } from 'node:crypto';
import type { Connection } from '@number0/iroh';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { withinTime } from '../../base/within-time.ts';
import { CLOSE_VIOLATION, MAX_CONNECTIONS, SECRET_BYTES } from './protocol.ts';

/** How long an additional connection may take to present the secret, or to be accepted, in ms. */
const JOIN_TIMEOUT_MS = 5_000;
/** The answer to a valid secret. An invalid one closes the connection. */
const JOINED = 1;

/** A session that additional connections may join. */
export interface JoinableSession {
  /** The peer's endpoint id, as 64 hex digits. */
  readonly remoteId: string;
  /** The secret that was sent over the first connection; undefined if none was sent. */
  readonly secret: Uint8Array | undefined;
  /** Whether another connection may join. */
  readonly mayAdd: boolean;
  /** Adds a connection. The session becomes its owner. */
  addConnection(connection: Connection): void;
}

/**
 * Assigns additional connections to sessions on the side that accepts them. A connection joins a session if the peer has
 * the same endpoint id and presents the session's secret.
 */
export class SessionJoins {
  /** The sessions of each peer, by endpoint id. */
  readonly #sessions = new Map<string, Set<JoinableSession>>();
  /** Number of connections of each peer that have not presented a secret. */
  readonly #pending = new Map<string, number>();
  readonly #timeoutMs: number;

  constructor(timeoutMs = JOIN_TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /** Adds a session. Returns the function that removes it. */
  register(session: JoinableSession): () => void {
    const { remoteId } = session;
    const sessions = this.#sessions.get(remoteId) ?? new Set();
    this.#sessions.set(remoteId, sessions.add(session));
    return () => {
      sessions.delete(session);
      if (sessions.size === 0 && this.#sessions.get(remoteId) === sessions) this.#sessions.delete(remoteId);
    };
  }

  /** Accepts an additional connection, and closes it if it does not belong to a session. Never rejects. */
  async accept(connection: Connection): Promise<void> {
    const remoteId = connection.remoteId().toString();
    const pending = this.#pending.get(remoteId) ?? 0;
    const candidates = [...(this.#sessions.get(remoteId) ?? [])].filter(({ secret }) => secret !== undefined);
    if (candidates.length === 0 || pending >= MAX_CONNECTIONS - 1) return refuse(connection);
    this.#pending.set(remoteId, pending + 1);
    try {
      await withinTime(this.#join(connection, candidates), { timeoutMs: this.#timeoutMs });
    } catch (error) {
      log.debug(`bundle: an additional connection failed: ${messageOf(error).split('\n')[0]}`);
      refuse(connection);
    } finally {
      const left = (this.#pending.get(remoteId) ?? 1) - 1;
      if (left > 0) this.#pending.set(remoteId, left);
      else this.#pending.delete(remoteId);
    }
  }

  async #join(connection: Connection, candidates: readonly JoinableSession[]): Promise<void> {
    const { send, recv } = await connection.acceptBi();
    const presented = Uint8Array.from(await recv.readToEnd(SECRET_BYTES));
    const session = candidates.find(({ secret }) => secret && isSame(secret, presented));
    if (!session?.mayAdd) throw new Error(session ? 'too many connections' : 'wrong secret');
    await send.writeAll([JOINED]);
    await send.finish();
    session.addConnection(connection);
  }
}

/**
 * Presents a session's secret on an additional connection that this side has dialed.
 *
 * @throws Error if the peer does not accept it within the time limit
 */
export async function joinSession(connection: Connection, secret: Uint8Array): Promise<void> {
  const present = async () => {
    const { send, recv } = await connection.openBi();
    await send.writeAll(Array.from(secret));
    await send.finish();
    const [answer] = await recv.readToEnd(1);
    if (answer !== JOINED) throw new Error('the peer rejected the connection');
  };
  await withinTime(present(), { timeoutMs: JOIN_TIMEOUT_MS });
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

function refuse(connection: Connection): void {
  connection.close(BigInt(CLOSE_VIOLATION), Array.from(Buffer.from('no such session')));
}
