import type { Path } from 'moq-net';
import type { Session } from '../origin/session.ts';
import { FirstTracks } from './first-tracks.ts';

/**
 * How long the first tracks wait for their readers, in ms. A window subscribes to them a moment after the
 * announcement.
 */
const WAIT_MS = 5_000;
/**
 * Maximum number of broadcasts of one session whose first tracks are subscribed at a time. Each needs several
 * of the 256 streams that a peer allows, and many tickets of one peer may be opened at once.
 */
const MAX_PER_SESSION = 16;

/** Options for a `FirstTracksKeeper`. */
interface KeeperOptions {
  /**
   * Whether the first tracks stay subscribed as long as the broadcast has a reader, so that each further
   * reader starts without a request to the publisher. Meant for relays. Default: no.
   */
  keep?: boolean | undefined;
  /** How long the first tracks wait for their readers, in ms. Default: `WAIT_MS`. */
  waitMs?: number;
}

/** The session of a broadcast whose first tracks are read. */
type Consuming = Pick<Session, 'established'>;

/** Number of broadcasts whose first tracks are subscribed, by session. */
const counts = new WeakMap<object, number>();

/** Decides how long the first tracks of one pull stay subscribed. */
export class FirstTracksKeeper {
  readonly #keep: boolean;
  readonly #waitMs: number;
  #broadcast: { session: Consuming; path: Path.Valid } | undefined;
  #tracks: FirstTracks | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #readers = 0;

  constructor({ keep = false, waitMs = WAIT_MS }: KeeperOptions) {
    this.#keep = keep;
    this.#waitMs = waitMs;
  }

  /** Whether no track is subscribed, for example because the peer refused all requests. */
  get ended(): boolean {
    return this.#tracks?.ended ?? true;
  }

  /**
   * Subscribes to the first tracks of a broadcast, in place of those of the previous one. Has no effect if the
   * session already has too many of them.
   *
   * @param tracksRead see `FirstTracks`
   */
  start(session: Consuming, path: Path.Valid, tracksRead: readonly string[] = []): void {
    this.end();
    this.#broadcast = { session, path };
    const count = counts.get(session) ?? 0;
    if (count >= MAX_PER_SESSION) return;
    counts.set(session, count + 1);
    this.#tracks = new FirstTracks(session.established.consume(path), tracksRead);
    this.#expireLater();
  }

  /** Must be called when the number of the broadcast's readers changes. */
  setReaders(readers: number): void {
    const hadReaders = this.#readers > 0;
    this.#readers = readers;
    if (!this.#keep || hadReaders === readers > 0) return;
    const { session, path } = this.#broadcast ?? {};
    if (readers > 0 && this.ended && session && path !== undefined) this.start(session, path);
    else this.#expireLater();
  }

  /** Ends the subscriptions that no reader shares. Idempotent. */
  end(): void {
    clearTimeout(this.#timer);
    this.#close();
    this.#broadcast = undefined;
  }

  #expireLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#keep && this.#readers > 0) return;
      this.#close();
    }, this.#waitMs);
  }

  #close(): void {
    const { session } = this.#broadcast ?? {};
    if (this.#tracks && session) counts.set(session, (counts.get(session) ?? 1) - 1);
    this.#tracks?.close();
    this.#tracks = undefined;
  }
}
