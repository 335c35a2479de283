import type { Path } from 'moq-net';
import type { BackoffConfig } from '../../common/base/backoff.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import { formatTicket, TICKET_SCHEME, type Ticket } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { type Dial, Peer, type PeerListener } from './peer.ts';
import { ticketOf } from '../origin/ticket-path.ts';
import { Pull, type PullOptions, type PullStatus } from './ticket-pull.ts';

export { type PullStatus, RELEASE_MS } from './ticket-pull.ts';

/** How long a read of a path that is being pulled waits for its broadcast, in milliseconds. */
const READ_WAIT_MS = 10_000;
/** Tickets pulled at once. A person watches a few; the bound keeps a broken client from opening connections. */
export const MAX_PULLS = 256;

export interface PullerOptions extends PullOptions {
  dial: Dial;
  failureOf: (error: unknown) => PullFailure;
  /** Tickets pulled at once; `MAX_PULLS` by default. */
  maxPulls?: number;
  /** Told of a ticket that is not pulled because there are too many; the log is by default. */
  onRefused?: (ticket: string) => void;
  backoff?: BackoffConfig;
}

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
        const { onRefused = (refused) => log.warn(`too many tickets at once: ${refused} is not pulled`) } =
          this.#options;
        onRefused(key);
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

/** The ticket that a path is, in its normal form; undefined for any other path. */
function ticketAt(path: Path.Valid): Ticket | undefined {
  const found = path.startsWith(TICKET_SCHEME) ? ticketOf(path) : undefined;
  return found?.path === path ? found.ticket : undefined;
}
