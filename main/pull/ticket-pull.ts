import { Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { Store } from '../../common/base/store.ts';
import type { PullFailure, PullState } from '../../common/bridge/bridge.ts';
import { pathFault } from '../../common/ticket/broadcast-name.ts';
import type { Ticket } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import { hasTracks, MAX_ANNOUNCED } from '../origin/announcement-subscriber.ts';
import type { Origin, Publication } from '../origin/origin.ts';
import type { Session } from '../origin/session.ts';
import type { PeerListener } from './dial-target.ts';

/** How long after its last reader a pull is let go, in milliseconds: a page that reloads finds it still there. */
export const RELEASE_MS = 10_000;

/** What a view is told of a pull, without the rates that are sampled elsewhere. */
export type PullStatus = Omit<PullState, 'downloadBps'>;

/** What a pull needs. */
export interface PullOptions {
  origin: Origin;
  /** This endpoint's own id: its tickets are served from what is live here. */
  localId: string;
  /** Where the local person's broadcasts are. */
  livePrefix: string;
  /** How long after its last reader it is let go, in milliseconds; `RELEASE_MS` by default. */
  releaseMs?: number;
}

export interface PullHooks {
  onChange: () => void;
  onReleased: () => void;
  join: (listener: PeerListener) => { leave: () => void; retry: () => void };
}

/** One ticket being pulled. */
export class Pull {
  readonly scope = new Scope();
  readonly ticket: Ticket;
  readonly #key: string;
  readonly #options: PullOptions;
  readonly #hooks: PullHooks;
  readonly #status: Store<PullStatus>;
  #retry: () => void = () => undefined;
  #publication: Publication | undefined;
  #wasLive = false;
  #readers = 0;
  #release: ReturnType<typeof setTimeout> | undefined;

  constructor(key: string, ticket: Ticket, options: PullOptions, hooks: PullHooks) {
    this.#key = key;
    this.ticket = ticket;
    this.#options = options;
    this.#hooks = hooks;
    this.#status = new Store<PullStatus>({
      ticket: key,
      state: 'connecting',
      failure: null,
      retryAtMs: null,
    });
    this.#status.subscribe(() => hooks.onChange());
    this.scope.own(() => this.#unpublish());
    this.scope.own(() => clearTimeout(this.#release));
    this.#begin();
  }

  get status(): PullStatus {
    return this.#status.get();
  }

  get viewers(): number {
    return this.#publication?.readers.get() ?? 0;
  }

  /** One more reader; the returned function takes it away again, once. */
  enter(): () => void {
    this.#readers += 1;
    clearTimeout(this.#release);
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      this.#readers -= 1;
      if (this.#readers > 0 || this.scope.closed) return;
      this.#release = setTimeout(() => void this.close(), this.#options.releaseMs ?? RELEASE_MS);
    };
  }

  retry(): void {
    this.#retry();
  }

  /** Resolves when the broadcast is there or the attempt failed, at the latest after `waitMs` or at `ended`. */
  settled(waitMs: number, ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        const { state } = this.#status.get();
        if (state !== 'live' && state !== 'failed') return;
        finish();
      };
      const finish = () => {
        clearTimeout(timer);
        unsubscribe();
        forget();
        ended.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, waitMs);
      const unsubscribe = this.#status.subscribe(look);
      const forget = this.scope.own(finish);
      ended.addEventListener('abort', finish, { once: true });
      look();
    });
  }

  async close(): Promise<void> {
    if (this.scope.closed) return;
    this.#hooks.onReleased();
    await this.scope.close();
  }

  #begin(): void {
    if (pathFault(this.ticket.broadcastName)) {
      this.#fail('invalid', null);
      return;
    }
    if (this.ticket.endpointId === this.#options.localId) {
      this.#followLocal();
      return;
    }
    const { leave, retry } = this.#hooks.join({
      onConnecting: () => this.#connecting(),
      onConnected: (session) => this.#follow(session),
      onFailed: (failure, retryAtMs) => {
        this.#unpublish();
        this.#fail(failure, retryAtMs);
      },
    });
    this.#retry = retry;
    this.scope.own(leave);
  }

  /** The person's own ticket: what is live here, without a detour over the network. */
  #followLocal(): void {
    const path = Path.join(Path.from(this.#options.livePrefix), Path.from(this.ticket.broadcastName));
    this.#set('waiting');
    const unwatch = this.#options.origin.watch(path, ({ path: at, current }) => {
      if (at !== path) return;
      this.#unpublish();
      if (current) this.#publish(current.source.clone(), current.hasTrackInfo);
      else this.#gone();
    });
    this.scope.own(unwatch);
  }

  /** Publishes the peer's broadcast whenever the peer announces it, for as long as its session lasts. */
  #follow(session: Session): void {
    const { established } = session;
    const name = Path.from(this.ticket.broadcastName);
    const announcements = established.announced(name);
    // The library leaves the stream of a cleanly closed reader open for the session's life; an error resets it.
    let forgetSession: () => void = () => undefined;
    const forget = this.scope.own(() => {
      // The session may be that of other tickets too, and last much longer than this one.
      forgetSession();
      announcements.close(new Error('released'));
    });
    forgetSession = session.scope.own(() => {
      forget();
      announcements.close();
    });
    if (!this.#publication) this.#gone();
    let others = 0;
    const run = async () => {
      for (;;) {
        const event = await announcements.next();
        if (!event || this.scope.closed || session.scope.closed) return;
        if (!session.announcements.tryTake()) {
          await session.flooded('announcement-rate');
          return;
        }
        // The prefix also matches what lies below the name; that is another broadcast.
        if (event.path !== '') {
          others += event.active ? 1 : -1;
          if (others > MAX_ANNOUNCED) await session.flooded();
          continue;
        }
        this.#unpublish();
        if (event.active) this.#publish(established.consume(name), hasTracks(established.version));
        else this.#gone();
      }
    };
    run().catch((error: unknown) => log.debug(`${session.label}: announcements ended: ${messageOf(error)}`));
  }

  #publish(source: Parameters<Origin['publish']>[1], hasTrackInfo: boolean): void {
    if (this.scope.closed) {
      source.close();
      return;
    }
    this.#publication = this.#options.origin.publish(Path.from(this.#key), source, {
      by: this,
      hasTrackInfo,
    });
    this.#publication.readers.subscribe(() => this.#hooks.onChange());
    this.#wasLive = true;
    this.#set('live');
  }

  #unpublish(): void {
    this.#publication?.close();
    this.#publication = undefined;
  }

  #gone(): void {
    this.#set(this.#wasLive ? 'ended' : 'waiting');
  }

  /** What failed stays on show while it is tried again, with no time of a next try. */
  #connecting(): void {
    const { state, failure } = this.#status.get();
    if (state === 'failed' && failure !== null) this.#fail(failure, null);
    else this.#set('connecting');
  }

  #fail(failure: PullFailure, retryAtMs: number | null): void {
    this.#status.set({ ticket: this.#key, state: 'failed', failure, retryAtMs });
  }

  #set(state: Exclude<PullStatus['state'], 'failed'>): void {
    this.#status.set({ ticket: this.#key, state, failure: null, retryAtMs: null });
  }
}
