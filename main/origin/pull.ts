import { Path } from 'moq-net';
import type { BackoffConfig } from '../../common/backoff.ts';
import type { PullFailure, PullState } from '../../common/bridge.ts';
import { pathFault } from '../../common/broadcast-name.ts';
import { messageOf } from '../../common/errors.ts';
import { Scope } from '../../common/scope.ts';
import { type Readable, Store } from '../../common/store.ts';
import { formatTicket, TICKET_SCHEME, type Ticket } from '../../common/ticket.ts';
import { log } from '../log.ts';
import { hasTracks, MAX_ANNOUNCED } from './follow.ts';
import type { Origin, Publication } from './origin.ts';
import { type Dial, Peer, type PeerListener } from './peer.ts';
import type { Session } from './session.ts';
import { ticketOf } from './ticket-path.ts';

/** How long after its last reader a pull is let go, in milliseconds: a page that reloads finds it still there. */
export const RELEASE_MS = 10_000;
/** How long a read of a path that is being pulled waits for its broadcast, in milliseconds. */
const READ_WAIT_MS = 10_000;
/** Tickets pulled at once. A person watches a few; the bound keeps a broken client from opening connections. */
export const MAX_PULLS = 256;

export interface PullerOptions {
  origin: Origin;
  /** This endpoint's own id: its tickets are served from what is live here. */
  localId: string;
  /** Where the local person's broadcasts are. */
  livePrefix: string;
  dial: Dial;
  failureOf: (error: unknown) => PullFailure;
  releaseMs?: number;
  /** Tickets pulled at once; `MAX_PULLS` by default. */
  maxPulls?: number;
  /** Told of a ticket that is not pulled because there are too many. */
  onRefused?: (ticket: string) => void;
  backoff?: BackoffConfig;
}

/** What a view is told of a pull, without the rates that are sampled elsewhere. */
export type PullStatus = Omit<PullState, 'downloadBps'>;

/**
 * Fills ticket paths of the Origin: whoever asks for one makes it connect to the ticket's peer, read the broadcast
 * there and publish it at the ticket's path, until nobody asked for some seconds.
 */
export class Puller {
  readonly #options: PullerOptions;
  readonly #scope = new Scope();
  readonly #pulls = new Map<string, Pull>();
  readonly #peers = new Map<string, Peer>();
  readonly #states = new Store<readonly PullStatus[]>([]);

  constructor(options: PullerOptions) {
    this.#options = options;
  }

  get states(): Readable<readonly PullStatus[]> {
    return this.#states;
  }

  /** The sessions to peers, for rates: pulls of one peer share one. */
  sessionOf(ticket: string): Session | undefined {
    const pull = this.#pulls.get(ticket);
    return pull && this.#peers.get(pull.ticket.endpointId)?.session;
  }

  /** How many sessions read a media track of it now. `states` changes with it. */
  readersOf(ticket: string): number {
    return this.#pulls.get(ticket)?.viewers ?? 0;
  }

  /** How many peers there is a connection to, or an attempt at one. */
  get peerCount(): number {
    return this.#peers.size;
  }

  /**
   * Somebody wants what is at `path`, until `ended`. If it is a ticket, it is pulled. Resolves when it is there, or
   * cannot be had now, or 10 s have passed; at once when the path is no ticket. Never rejects.
   */
  async want(path: Path.Valid, ended: AbortSignal): Promise<void> {
    if (ended.aborted || this.#scope.closed) return;
    const ticket = ticketAt(path);
    if (!ticket) return;
    const key = formatTicket(ticket);
    let pull = this.#pulls.get(key);
    if (!pull) {
      const most = this.#options.maxPulls ?? MAX_PULLS;
      if (this.#pulls.size >= most) {
        log.warn(`more than ${most} tickets wanted at once`);
        this.#options.onRefused?.(key);
        return;
      }
      pull = this.#start(key, ticket);
    }
    const leave = pull.enter();
    if (ended.aborted) leave();
    else ended.addEventListener('abort', leave, { once: true });
    await pull.settled(READ_WAIT_MS, ended);
  }

  /** Tries a failed ticket now. */
  retry(ticket: string): void {
    this.#pulls.get(ticket)?.retry();
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  #start(key: string, ticket: Ticket): Pull {
    const pull = new Pull(key, ticket, this.#options, {
      onChange: () => this.#publishStates(),
      onReleased: () => {
        this.#pulls.delete(key);
        this.#publishStates();
      },
      join: (listener) => this.#join(ticket, listener),
    });
    this.#pulls.set(key, pull);
    const forget = this.#scope.own(() => pull.close());
    pull.scope.own(forget);
    this.#publishStates();
    return pull;
  }

  #join(ticket: Ticket, listener: PeerListener): { leave: () => void; retry: () => void } {
    let peer = this.#peers.get(ticket.endpointId);
    if (!peer) {
      const created: Peer = new Peer(ticket.endpointId, {
        ...this.#options,
        onIdle: () => {
          if (this.#peers.get(ticket.endpointId) === created) this.#peers.delete(ticket.endpointId);
        },
      });
      peer = created;
      this.#peers.set(ticket.endpointId, peer);
    }
    return peer.join(listener, ticket);
  }

  #publishStates(): void {
    this.#states.set([...this.#pulls.values()].map((pull) => pull.status));
  }
}

interface PullHooks {
  onChange: () => void;
  onReleased: () => void;
  join: (listener: PeerListener) => { leave: () => void; retry: () => void };
}

/** One ticket being pulled. */
class Pull {
  readonly scope = new Scope();
  readonly ticket: Ticket;
  readonly #key: string;
  readonly #options: PullerOptions;
  readonly #hooks: PullHooks;
  readonly #status: Store<PullStatus>;
  #retry: () => void = () => undefined;
  #publication: Publication | undefined;
  #wasLive = false;
  #readers = 0;
  #release: ReturnType<typeof setTimeout> | undefined;

  constructor(key: string, ticket: Ticket, options: PullerOptions, hooks: PullHooks) {
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
    const forget = this.scope.own(() => announcements.close(new Error('released')));
    session.scope.own(() => {
      forget();
      announcements.close();
    });
    if (!this.#publication) this.#gone();
    let others = 0;
    const run = async () => {
      for (;;) {
        const event = await announcements.next();
        if (!event || this.scope.closed || session.scope.closed) return;
        if (!session.announcements.take()) {
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

/** The ticket that a path is, in its normal form; undefined for any other path. */
function ticketAt(path: Path.Valid): Ticket | undefined {
  const found = path.startsWith(TICKET_SCHEME) ? ticketOf(path) : undefined;
  return found?.path === path ? found.ticket : undefined;
}
