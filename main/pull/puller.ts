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

/** How long a request for a path waits for its broadcast, in milliseconds. */
const REQUEST_WAIT_MS = 10_000;
/** Concurrent pulls. A user watches a few; the limit keeps a broken client from opening connections without end. */
const MAX_PULLS = 256;

/** Options of the peers and pulls of a `Puller`, its own identity, and its limits. */
export interface PullerOptions extends PeerOptions, TicketPullOptions {
  /** This endpoint's own id: its tickets are served from its local broadcasts. */
  localId: string;
  /** Where the local broadcasts are on the Origin. */
  livePrefix: string;
  /** Concurrent pulls; `MAX_PULLS` by default. */
  maxPulls?: number;
  /** Called with a ticket that is not pulled because there are too many. Default: a warning in the log. */
  onRefused?: (ticket: string) => void;
}

/**
 * Fills the ticket paths of the Origin. A request for such a path connects to the ticket's peer, and the broadcast is
 * published at the path until some seconds after the last request has ended. Pulls from one peer share its connection.
 */
export class Puller {
  readonly #options: PullerOptions;
  readonly #scope = new Scope();
  /** Key: the ticket's normal form. */
  readonly #pulls = new Map<string, TicketPull>();
  /** Key: endpoint id. */
  readonly #peers = new Map<string, Peer>();
  readonly #states = new Store<readonly PullStatus[]>([]);

  constructor(options: PullerOptions) {
    this.#options = options;
  }

  /** The states of all pulls. Emits when one of them or its number of readers changes. */
  get states(): Readable<readonly PullStatus[]> {
    return this.#states;
  }

  /** The session with the ticket's peer; undefined while there is none. Tickets of one peer share it. */
  sessionOf(ticket: string): Session | undefined {
    const pull = this.#pulls.get(ticket);
    return pull && this.#peers.get(pull.ticket.endpointId)?.session;
  }

  /** How many sessions read a media track of the ticket's broadcast. */
  readersOf(ticket: string): number {
    return this.#pulls.get(ticket)?.readers.get() ?? 0;
  }

  /** The number of peers that are connected or dialled. */
  get peerCount(): number {
    return this.#peers.size;
  }

  /**
   * Pulls the ticket that `path` is, until `ended` aborts. Resolves when the broadcast is live or cannot be reached now,
   * at the latest after 10 s; at once if the path is not a ticket. Never rejects.
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

  /** Retries a failed ticket at once. */
  retry(ticket: string): void {
    this.#pulls.get(ticket)?.retry();
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  /** Undefined when there are too many pulls. */
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

/** The ticket that a path is in its normal form; undefined for any other path. */
function normalTicketAt(path: Path.Valid): Ticket | undefined {
  const found = path.startsWith(TICKET_SCHEME) ? parseTicketPath(path) : undefined;
  return found?.path === path ? found.ticket : undefined;
}
