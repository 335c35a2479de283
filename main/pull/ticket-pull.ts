import { Path } from 'moq-net';
import { once } from '../../common/base/once.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { PullFailure, PullState } from '../../common/bridge/bridge.ts';
import type { Ticket } from '../../common/ticket/ticket.ts';
import { hasTrackRequests } from '../origin/announcement-subscriber.ts';
import type { Origin, Publication } from '../origin/origin.ts';
import type { Session } from '../origin/session.ts';
import { FirstTracksKeeper } from './first-tracks-keeper.ts';
import { nameAlternatives } from './name-alternatives.ts';
import { watchNames } from './named-broadcasts.ts';
import type { Peer, PeerState } from './peer.ts';

/**
 * How long a pull continues after its last reference is released, in ms. This lets a page that reloads find
 * the broadcast still live.
 */
const RELEASE_MS = 10_000;

/**
 * State of a pull, as sent to the app's window and to the web pages that a relay serves. The app adds
 * `downloadBps` for its window.
 */
export type PullStatus = Omit<PullState, 'downloadBps'>;

/** Options for a `TicketPull`: where it publishes, and how long it continues without references. */
export interface TicketPullOptions {
  /** The Origin that the broadcast is published to, at the ticket's path. */
  origin: Origin;
  /** How long the pull continues after its last reference is released, in ms. Default: `RELEASE_MS`. */
  releaseMs?: number;
  /** `FirstTracksKeeper`'s option `keep`. */
  keepFirstTracks?: boolean;
}

/**
 * Publishes the broadcast of one ticket at the ticket's path on the Origin. The creator must then call
 * `readPeer`, `readLocal` or `fail`.
 */
export class TicketPull {
  readonly ticket: Ticket;
  readonly #path: string;
  readonly #options: TicketPullOptions;
  readonly #scope = new Scope();
  readonly #status: Store<PullStatus>;
  readonly #readers = new Store(0);
  #retry: () => void = () => undefined;
  #publication: Publication | undefined;
  readonly #firstTracks: FirstTracksKeeper;
  /** The video and audio tracks that were read when the connection was lost. */
  #tracksRead: readonly string[] = [];
  #wasLive = false;
  /**
   * The name that the broadcast was found under, if it differs from the name in the ticket; null otherwise.
   */
  #otherName: string | null = null;
  /** Whether the publisher's app exited during the broadcast. Until it returns, the state stays `ended`, even if dials fail. */
  #stopped = false;
  #users = 0;
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param path the ticket's normal form */
  constructor(path: string, ticket: Ticket, options: TicketPullOptions) {
    this.#path = path;
    this.ticket = ticket;
    this.#options = options;
    this.#firstTracks = new FirstTracksKeeper({ keep: options.keepFirstTracks });
    this.#status = new Store<PullStatus>({
      ticket: path,
      state: 'connecting',
      failure: null,
      retryAtMs: null,
    });
    this.#scope.own(() => this.#unpublish());
    this.#scope.own(() => clearTimeout(this.#releaseTimer));
    this.#scope.own(() => this.#firstTracks.end());
  }

  get status(): Readable<PullStatus> {
    return this.#status;
  }

  /** Number of sessions that read a video or audio track of the broadcast. */
  get readers(): Readable<number> {
    return this.#readers;
  }

  /**
   * Aborted when the pull is closed, either by its owner or because its last reference was released
   * `RELEASE_MS` ago.
   */
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** Adds a reference. Returns the function that releases it. */
  acquire(): () => void {
    this.#users += 1;
    clearTimeout(this.#releaseTimer);
    return once(() => {
      this.#users -= 1;
      if (this.#users > 0 || this.#scope.closed) return;
      this.#releaseTimer = setTimeout(() => void this.close(), this.#options.releaseMs ?? RELEASE_MS);
    });
  }

  /** Reads the broadcast from the peer. The connection stays open until the pull is closed. */
  readPeer(peer: Peer): void {
    const { state, retry, release } = peer.connect(this.ticket);
    this.#retry = retry;
    this.#scope.own(release);
    this.#scope.own(state.subscribe((next) => this.#applyPeerState(next)));
    this.#applyPeerState(state.get());
  }

  /**
   * Republishes the local broadcast at the Origin path `path`, without any network access. Used for tickets
   * of this endpoint.
   */
  readLocal(path: Path.Valid): void {
    this.#set('waiting');
    const unwatch = this.#options.origin.watch(path, ({ path: at, current }) => {
      if (at !== path) return;
      this.#unpublish();
      if (current) this.#publish(current.source.clone(), current.hasTrackInfo);
      else this.#setAbsent();
    });
    this.#scope.own(unwatch);
  }

  /** Sets the state to `failed`. `retryAtMs` is null if no attempt is scheduled. */
  fail(failure: PullFailure, retryAtMs: number | null): void {
    this.#status.set({ ticket: this.#path, state: 'failed', failure, retryAtMs });
  }

  /** Starts the next attempt immediately if the peer is not connected. */
  retry(): void {
    this.#retry();
  }

  /** Resolves when the broadcast is live, an attempt has failed, `waitMs` has passed, or `ended` aborts. */
  settled(waitMs: number, ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        const { state } = this.#status.get();
        if (state === 'live' || state === 'failed') finish();
      };
      const finish = () => {
        clearTimeout(timer);
        unsubscribe();
        forget();
        ended.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, waitMs);
      const unsubscribe = this.#status.subscribe(check);
      const forget = this.#scope.own(finish);
      ended.addEventListener('abort', finish, { once: true });
      check();
    });
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  #applyPeerState(state: PeerState): void {
    if (this.#scope.closed) return;
    switch (state.kind) {
      case 'connecting':
        // The list of tracks empties soon after the loss of the connection.
        this.#tracksRead = this.#publication?.tracksRead ?? [];
        if (!this.#stopped) this.#setConnecting();
        break;
      case 'connected':
        this.#stopped = false;
        this.#readSession(state.session);
        break;
      case 'stopped':
        this.#setStopped();
        break;
      case 'failed':
        this.#unpublish();
        if (!this.#stopped) this.fail(state.failure, state.retryAtMs);
    }
  }

  /** Publishes the broadcast each time the peer announces it, until the session ends. */
  #readSession(session: Session): void {
    const { established } = session;
    const { broadcastName } = this.ticket;
    if (!this.#publication) this.#setAbsent();
    this.#readFirstTracks(session, broadcastName);
    watchNames(this.#scope, session, {
      names: [broadcastName, ...nameAlternatives(broadcastName)],
      wanted: () => !this.#publication && (!this.#wasLive || this.#otherName !== null),
      onChange: (name) => {
        this.#unpublish();
        if (name === null) {
          this.#firstTracks.end();
          return this.#setAbsent();
        }
        this.#otherName = name === broadcastName ? null : name;
        // The early requests were refused if the broadcast was not live yet.
        if (this.#otherName !== null || this.#firstTracks.ended) this.#readFirstTracks(session, name);
        this.#publish(established.consume(Path.from(name)), hasTrackRequests(established.version));
      },
    });
  }

  #publish(source: Parameters<Origin['publish']>[1], hasTrackInfo: boolean): void {
    if (this.#scope.closed) {
      source.close();
      return;
    }
    const publication = this.#options.origin.publish(Path.from(this.#path), source, {
      by: this,
      hasTrackInfo,
    });
    this.#publication = publication;
    publication.readers.subscribe((readers) => {
      if (this.#publication !== publication) return;
      this.#readers.set(readers);
      this.#firstTracks.setReaders(readers);
    });
    this.#readers.set(publication.readers.get());
    this.#wasLive = true;
    this.#set('live');
  }

  /** Requests the tracks that will probably be read first, before the peer has announced the broadcast. */
  #readFirstTracks(session: Session, name: string): void {
    if (this.#scope.closed) return;
    this.#firstTracks.start(session, Path.from(name), this.#tracksRead);
    this.#tracksRead = [];
  }

  #unpublish(): void {
    this.#publication?.close();
    this.#publication = undefined;
    this.#readers.set(0);
  }

  /** Handles the exit of the publisher's app. */
  #setStopped(): void {
    this.#stopped = this.#wasLive;
    this.#unpublish();
    if (this.#stopped) this.#set('ended');
  }

  /** Sets the state for a connected peer that has not announced the broadcast. */
  #setAbsent(): void {
    this.#set(this.#wasLive ? 'ended' : 'waiting');
  }

  /**
   * Sets the state to `connecting`. After a failure, the state stays `failed` instead, but without a retry
   * time, so that the message in the window does not flicker.
   */
  #setConnecting(): void {
    const { state, failure } = this.#status.get();
    if (state === 'failed' && failure !== null) this.fail(failure, null);
    else this.#set('connecting');
  }

  #set(state: Exclude<PullStatus['state'], 'failed'>): void {
    const liveName = state === 'live' && this.#otherName !== null ? { liveName: this.#otherName } : {};
    this.#status.set({ ticket: this.#path, state, failure: null, retryAtMs: null, ...liveName });
  }
}
