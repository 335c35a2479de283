import { Connection, Track } from '@moq/net';
import { type Getter, Signal } from '@moq/signals';
import type { Bridge } from '../../common/bridge.ts';
import { asError } from '../../common/errors.ts';
import { giveUpUnread } from '../../common/give-up.ts';
import { Scope } from '../../common/scope.ts';
import { ThriftySession } from './thrifty-session.ts';
import { anySignal, delay, orAborted } from './waiting.ts';

/** First wait after a lost channel: main is often back at once. In milliseconds, doubled each time. */
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5_000;
/** A channel that does not get up in this time is given up, in milliseconds; it is on this machine. */
const OPEN_DEADLINE_MS = 10_000;
/**
 * What the window takes at once: qmux's own limits (100 streams, 256 KB in each) would hold back a joiner's first
 * group at high bit rates, and sound, whose every frame is a stream.
 */
const LIMITS = { maxStreamsUni: 1024n, maxStreamDataUni: 4n * 2n ** 20n, maxData: 16n * 2n ** 20n };
/**
 * What may wait in the socket, in bytes, as main has it: qmux looks only every 10 ms whether there is room again, and a
 * keyframe larger than its own 64 KB would wait for that.
 */
const SEND_BUFFER_BYTES = 256 * 1024;
/** For logs; the socket is there already. */
const CHANNEL_URL = new URL('https://main.invalid/media');

giveUpUnread(Track.Producer.prototype);

export type Established = Connection.Established;

/**
 * A MoQ session of the window's with main, of the publisher or of one player. It comes back by itself, with bounded
 * back-off, when the channel is lost; whoever uses it watches `established`.
 */
export class MediaSession {
  readonly #established = new Signal<Established | undefined>(undefined);
  readonly #scope = new Scope();
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    void this.#run();
  }

  /** The session now, or undefined while there is none. */
  get established(): Getter<Established | undefined> {
    return this.#established;
  }

  /** The session, waited for. Rejects with `signal`'s reason, or when this is closed. */
  async ready(signal: AbortSignal): Promise<Established> {
    const { signal: either, dispose } = anySignal(signal, this.#scope.signal);
    try {
      for (;;) {
        either.throwIfAborted();
        const established = this.#established.peek();
        if (established) return established;
        await new Promise<void>((resolve) => {
          const done = () => {
            stop();
            either.removeEventListener('abort', done);
            resolve();
          };
          const stop = this.#established.subscribe(done);
          either.addEventListener('abort', done);
        });
      }
    } finally {
      dispose();
    }
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  async #run(): Promise<void> {
    let retryMs = RETRY_FIRST_MS;
    while (!this.#scope.closed) {
      try {
        await this.#connectOnce(() => {
          retryMs = RETRY_FIRST_MS;
        });
      } catch (error) {
        if (!this.#scope.closed) this.#lastError = asError(error);
      }
      if (this.#scope.closed) return;
      await this.#pause(retryMs);
      retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
    }
  }

  /** Why there is no session, for messages. */
  get lastError(): Error | undefined {
    return this.#lastError;
  }
  #lastError: Error | undefined;

  /** Opens a channel and stays until it is lost. */
  async #connectOnce(onUp: () => void): Promise<void> {
    const deadline = AbortSignal.timeout(OPEN_DEADLINE_MS);
    const { signal, dispose } = anySignal(deadline, this.#scope.signal);
    let transport: ThriftySession | undefined;
    try {
      const socket = await this.#bridge.openMedia(signal);
      transport = new ThriftySession(socket, { config: LIMITS, sendBufferSize: SEND_BUFFER_BYTES });
      // Rejections are seen where they are awaited; a session that dies before that must not go unhandled.
      transport.closed.catch(() => undefined);
      transport.ready.catch(() => undefined);
      // The protocol is known once the session is up.
      await orAborted(transport.ready, signal);
      const established = await Connection.connect(CHANNEL_URL, { transport, signal });
      // The deadline was for getting up.
      dispose();
      const forget = this.#scope.own(() => established.close());
      onUp();
      this.#established.set(established);
      try {
        await established.closed;
      } finally {
        forget();
        established.close();
        this.#established.set(undefined);
      }
    } finally {
      dispose();
      transport?.close();
    }
  }

  /** Waits, but no longer than until the bridge comes back. */
  async #pause(ms: number): Promise<void> {
    const back = new AbortController();
    const stop = this.#bridge.connected.subscribe((up) => {
      if (up) back.abort();
    });
    const { signal, dispose } = anySignal(back.signal, this.#scope.signal);
    await delay(ms, signal);
    dispose();
    stop();
  }
}
