import { Path } from 'moq-net';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { pathFault } from '../../common/ticket/broadcast-name.ts';
import { TICKET_SCHEME, type Ticket } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { parseTicketPath } from '../origin/ticket-path.ts';
import { Peer, type PeerOptions } from './peer.ts';
import { type PullStatus, TicketPull, type TicketPullOptions } from './ticket-pull.ts';

export type { PullStatus } from './ticket-pull.ts';

/** Maximum time that a request for a path waits for its broadcast, in ms. */
const REQUEST_WAIT_MS = 10_000;
/**
 * Maximum number of concurrent pulls. A user watches only a few broadcasts; the limit stops a faulty client
 * from opening more and more connections.
 */
const MAX_PULLS = 256;

/** Options for a `Puller`, including those for its peers and pulls. */
export interface PullerOptions extends PeerOptions, TicketPullOptions {
  /** This endpoint's own id. Tickets to this endpoint are served from the local broadcasts. */
  localId: string;
  /** Path prefix of the local broadcasts on the Origin. */
  livePrefix: string;
  /** Maximum number of concurrent pulls. Default: `MAX_PULLS`. */
  maxPulls?: number;
  /** Called with a ticket that is refused because `maxPulls` is reached. Default: logs a warning. */
  onRefused?: (ticket: string) => void;
}

/**
 * Pulls the broadcasts of tickets into the Origin. A request for a ticket's path opens a connection to the
 * ticket's peer. The broadcast stays published until a few seconds after the last request has ended. All
 * pulls from one peer share a connection.
 */
export class Puller {
  readonly #options: PullerOptions;
  readonly #scope = new Scope();
  /** The pulls, keyed by the normal form of their ticket. */
  readonly #pulls = new Map<string, TicketPull>();
  /** The peers, keyed by endpoint id. */
  readonly #peers = new Map<string, Peer>();
  readonly #states = new Store<readonly PullStatus[]>([]);

  constructor(options: PullerOptions) {
    this.#options = options;
  }

  /** The states of all pulls. Emits when the state or the number of readers of any pull changes. */
  get states(): Readable<readonly PullStatus[]> {
    return this.#states;
  }

  /**
   * Returns the session with the ticket's peer; undefined while the peer is not connected. Tickets of one
   * peer share a session.
   */
  sessionOf(ticket: string): Session | undefined {
    const pull = this.#pulls.get(ticket);
    return pull && this.#peers.get(pull.ticket.endpointId)?.session;
  }

  /** Whether a ticket in its normal form is being pulled. */
  isPulled(ticket: string): boolean {
    return this.#pulls.has(ticket);
  }

  /** Returns the number of sessions that read a video or audio track of the ticket's broadcast. */
  readersOf(ticket: string): number {
    return this.#pulls.get(ticket)?.readers.get() ?? 0;
  }

  /** Number of peers that are connected or being dialed. */
  get peerCount(): number {
    return this.#peers.size;
  }

  /**
   * If `path` is a ticket, pulls it until `ended` aborts. Resolves when the broadcast is live, an attempt has
   * failed, or 10 s have passed; immediately if the path is not a ticket. Never rejects.
   */
  async want(path: Path.Valid, ended: AbortSignal): Promise<void> {
    if (ended.aborted || this.#scope.closed) return;
    const ticket = normalTicketAt(path);
    if (!ticket) return;
    const pull = this.#pulls.get(path) ?? this.#start(path, ticket);
    if (!pull) return;
    const release = pull.acquire();
    if (ended.aborted) release();
    else ended.addEventListener('abort', release, { once: true });
    await pull.settled(REQUEST_WAIT_MS, ended);
  }

  /** Retries a failed pull immediately. */
  retry(ticket: string): void {
    this.#pulls.get(ticket)?.retry();
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  /** Starts a pull. Returns undefined if `maxPulls` is reached. */
  #start(path: Path.Valid, ticket: Ticket): TicketPull | undefined {
    const { maxPulls = MAX_PULLS, onRefused = logRefused, localId, livePrefix } = this.#options;
    if (this.#pulls.size >= maxPulls) {
      onRefused(path);
      return undefined;
    }
    const pull = new TicketPull(path, ticket, this.#options);
    this.#pulls.set(path, pull);
    const forget = this.#scope.own(() => pull.close());
    pull.signal.addEventListener('abort', () => {
      forget();
      this.#pulls.delete(path);
      this.#publishStates();
    });
    pull.status.subscribe(() => this.#publishStates());
    pull.readers.subscribe(() => this.#publishStates());
    const { endpointId, broadcastName } = ticket;
    if (pathFault(broadcastName)) pull.fail('invalid', null);
    else if (endpointId === localId)
      pull.readLocal(Path.join(Path.from(livePrefix), Path.from(broadcastName)));
    else pull.readPeer(this.#peers.get(endpointId) ?? this.#addPeer(endpointId));
    this.#publishStates();
    return pull;
  }

  #addPeer(endpointId: string): Peer {
    const peer = new Peer(endpointId, this.#options);
    this.#peers.set(endpointId, peer);
    peer.signal.addEventListener('abort', () => this.#peers.delete(endpointId));
    return peer;
  }

  #publishStates(): void {
    this.#states.set([...this.#pulls.values()].map((pull) => pull.status.get()));
  }
}

function logRefused(ticket: string): void {
  log.warn(`too many tickets at once: ${ticket} is not pulled`);
}

/** Parses a path that is a ticket in its normal form. Returns undefined for any other path. */
function normalTicketAt(path: Path.Valid): Ticket | undefined {
  const found = path.startsWith(TICKET_SCHEME) ? parseTicketPath(path) : undefined;
  return found?.path === path ? found.ticket : undefined;
}
