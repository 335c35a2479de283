import type { Connection } from '@number0/iroh';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { joinSession } from './join.ts';

/** Opens an additional connection to the peer of a session. Rejects if that fails or the signal is aborted. */
export type DialConnection = (signal: AbortSignal) => Promise<Connection>;

/** Minimum time between two dials, in ms, so that a peer cannot cause a flood of them. */
const MIN_INTERVAL_MS = 200;
/** Delay before the next dial after a failure, in ms. It doubles with each failure in a row. */
const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 60_000;
/**
 * How long a connection that neither side needs is kept, in ms. Opening another costs a handshake, and losses often
 * return soon.
 */
const KEEP_UNUSED_MS = 10_000;

/** The additional connections of a session, as far as the dialer uses them. */
export interface ConnectionDialerOptions {
  dial: DialConnection;
  /** Takes ownership of a connection that has joined. Returns false if it was not needed. */
  add: (connection: Connection) => boolean;
  /** Closes the newest additional connections until `count` are left. */
  close: (count: number) => void;
  /** The number of additional connections. */
  count: () => number;
}

/**
 * Opens as many additional connections as the side that needs more of them, one after the other, and closes those that
 * neither side has needed for some time. Runs on the side that dialed the session, because it can reach the other side.
 */
export class ConnectionDialer {
  readonly #options: ConnectionDialerOptions;
  readonly #abort = new AbortController();
  #secret: Uint8Array | undefined;
  #ownWants = 1;
  #peerWants = 1;
  #timer: NodeJS.Timeout | undefined;
  #dialing = false;
  #failures = 0;
  #dialedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ConnectionDialerOptions) {
    this.#options = options;
  }

  get hasSecret(): boolean {
    return this.#secret !== undefined;
  }

  /** Sets the secret of the session. No connection is dialed before. */
  setSecret(secret: Uint8Array): void {
    this.#secret ??= secret;
    this.update();
  }

  /** Sets how many connections this side needs for sending, including the first. */
  setOwnWants(connections: number): void {
    this.#ownWants = connections;
    this.update();
  }

  /** Sets how many connections the peer needs for sending, including the first. */
  setPeerWants(connections: number): void {
    this.#peerWants = connections;
    this.update();
  }

  close(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  get #needed(): number {
    return Math.max(this.#ownWants, this.#peerWants) - 1;
  }

  /** Dials or closes connections if their number is not the one that is needed. */
  update(): void {
    if (this.#abort.signal.aborted || this.#dialing) return;
    clearTimeout(this.#timer);
    const missing = this.#needed - this.#options.count();
    if (missing > 0 && this.#secret) this.#dialAfter(this.#delayMs(), this.#secret);
    else if (missing < 0) this.#later(KEEP_UNUSED_MS, () => this.#options.close(this.#needed));
  }

  #delayMs(): number {
    const pauseMs =
      this.#failures === 0
        ? MIN_INTERVAL_MS
        : Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), MAX_RETRY_MS);
    return Math.max(0, this.#dialedAtMs + pauseMs - performance.now());
  }

  #dialAfter(delayMs: number, secret: Uint8Array): void {
    this.#later(delayMs, () => {
      this.#dialing = true;
      this.#dialedAtMs = performance.now();
      this.#dial(secret)
        .then(
          () => {
            this.#failures = 0;
          },
          (error: unknown) => {
            this.#failures += 1;
            log.debug(`bundle: no additional connection: ${messageOf(error).split('\n')[0]}`);
          },
        )
        .finally(() => {
          this.#dialing = false;
          this.update();
        });
    });
  }

  async #dial(secret: Uint8Array): Promise<void> {
    const connection = await this.#options.dial(this.#abort.signal);
    try {
      await joinSession(connection, secret);
      this.#abort.signal.throwIfAborted();
    } catch (error) {
      connection.close(0n, Array.from(Buffer.from('not joined')));
      throw error;
    }
    this.#options.add(connection);
  }

  #later(delayMs: number, action: () => void): void {
    this.#timer = setTimeout(action, delayMs);
    this.#timer.unref();
  }
}
