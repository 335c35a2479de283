import type { Path } from 'moq-net';
import { Scope } from '../../../common/base/scope.ts';
import { Emitter } from '../../../common/base/store.ts';
import type { PullFailure } from '../../../common/bridge/bridge.ts';
import type { PullReport } from '../../../common/relay/relay-schemas.ts';
import { formatTicket, TICKET_SCHEME, type Ticket } from '../../../common/ticket/ticket.ts';
import { pullFailureLine } from '../../../common/words/pull-failure-text.ts';
import { ConcurrencyLimiter, sharedClientLimit } from '../../base/concurrency-limiter.ts';
import { networkPathSourceOf } from '../../network/network-path-source.ts';
import type { Origin } from '../../origin/origin.ts';
import { parseTicketPath } from '../../origin/ticket-path.ts';
import { Puller, type PullStatus } from '../../pull/puller.ts';
import { type Access, grantsOf, hostedPath } from '../access/auth.ts';
import type { OnRefused, RefusalReason, RelayLimits } from '../access/limits.ts';
import type { ClientDial } from './address-policy.ts';

/** A pull event, as `relay --json` prints it. The names are part of the public interface. */
export interface PullEvent {
  event: 'pull';
  ticket: string;
  state: 'connecting' | 'live' | 'failed' | 'released';
  /** Number of sessions that read a video or audio track of the broadcast. */
  readers: number;
  /** One or more complete sentences; empty if there is nothing to report. */
  message: string;
}

/** The parts of the relay that `RelayPulls` uses. */
interface RelayPullsOptions {
  origin: Origin;
  /** The relay's own endpoint id. */
  localId: string;
  dial: ClientDial;
  failureOf: (error: unknown) => PullFailure;
  /** How long a pull continues after its last reader leaves, in ms. */
  releaseMs: number;
  limits: RelayLimits;
  onEvent: (event: PullEvent) => void;
  /** Called when a client requests a ticket that is not being pulled. */
  onRequested?: (ticket: string, client: string) => void;
  onRefused: OnRefused;
  /** Whether an error from `dial` is certain to recur. The ticket is then not dialed again. Default: never. */
  isFinal?: (error: unknown) => boolean;
}

/** How long a ticket is reported as failed after it is refused, in ms. */
const REFUSED_MS = 10_000;
const MAX_REFUSED = 1_000;
/**
 * How long after a change the listeners are called, in ms. Changes within this delay are combined. Otherwise,
 * when a broadcast with hundreds of viewers ends, each viewer that leaves would update the event streams of
 * all others.
 */
const CHANGE_DELAY_MS = 50;

const RELEASED: PullReport = { state: 'released', failure: null, message: '', readers: 0, upstream: null };
const STATE_MESSAGES: Readonly<Partial<Record<PullStatus['state'], string>>> = {
  waiting: 'The publisher is connected, but has no broadcast with this name, or has not started it yet.',
  ended: 'The broadcast has ended. If the publisher starts it again, playback resumes by itself.',
};

/** A ticket that a client pulls. */
interface PullRequest {
  client: string;
  /** Undefined if the path is not a ticket. */
  ticket: Ticket | undefined;
  /** Number of the client's sessions that are currently requesting the ticket. */
  sessions: number;
  /** Releases the slot that these sessions share. */
  release: () => void;
}

/** The tickets that the relay pulls. Enforces the per-client limits and reports the state of each pull. */
export class RelayPulls {
  readonly #options: RelayPullsOptions;
  readonly #scope = new Scope();
  readonly #puller: Puller;
  readonly #limiter: ConcurrencyLimiter;
  /** The clients' requests, keyed by client and ticket. */
  readonly #requests = new Map<string, PullRequest>();
  /** Maps each refused ticket to the time of its refusal (`performance.now()`), oldest first. */
  readonly #refusedAtMs = new Map<string, number>();
  /** Maps each ticket to the last emitted event, as JSON. */
  readonly #emitted = new Map<string, string>();
  readonly #events = new Emitter<{ changed: undefined }>();
  #changeTimer: NodeJS.Timeout | undefined;

  constructor(options: RelayPullsOptions) {
    this.#options = options;
    // The puller limits the number of tickets in total; `ConcurrencyLimiter` limits them per client.
    const { pulls, pullsPerClient } = options.limits;
    const shared = sharedClientLimit(pullsPerClient, pulls);
    this.#limiter = new ConcurrencyLimiter(Number.POSITIVE_INFINITY, pullsPerClient, shared);
    this.#puller = new Puller({
      origin: options.origin,
      localId: options.localId,
      // Empty, because tickets for this relay's own endpoint never reach the puller. The sessions, which know
      // the reader's permissions, resolve them.
      livePrefix: '',
      dial: (address, signal) =>
        options.dial(address, signal, (addr) => this.#clientsOf(address.endpointId, addr)),
      failureOf: options.failureOf,
      ...(options.isFinal ? { isFinal: options.isFinal } : {}),
      releaseMs: options.releaseMs,
      keepFirstTracks: true,
      maxPulls: options.limits.pulls,
      onRefused: (ticket) => this.#refuse(ticket, 'pulls', 'a ticket'),
    });
    this.#scope.own(() => clearTimeout(this.#changeTimer));
    this.#scope.own(() => this.#puller.close());
    this.#scope.own(this.#puller.states.subscribe((states) => this.#emitEvents(states)));
  }

  /** The state of every pull, for the metrics. */
  get states(): readonly PullStatus[] {
    return this.#puller.states.get();
  }

  /** Number of publishers that are connected or being dialed. */
  get upstreams(): number {
    return this.#puller.peerCount;
  }

  /**
   * Pulls a ticket for a session of `client` until `ended` is aborted. Resolves when `Puller.want` resolves, or
   * immediately if the client has reached its limit. Never rejects.
   */
  async pull(client: string, ticket: Path.Valid, ended: AbortSignal): Promise<void> {
    if (ended.aborted) return;
    const key = `${client}\n${ticket}`;
    let request = this.#requests.get(key);
    if (!request) {
      const release = this.#limiter.acquire(client);
      if (typeof release === 'string') return this.#refuse(ticket, 'pulls-per-client', client);
      request = { client, ticket: parseTicketPath(ticket)?.ticket, sessions: 0, release };
      this.#requests.set(key, request);
    }
    const counted = request;
    counted.sessions += 1;
    ended.addEventListener(
      'abort',
      () => {
        counted.sessions -= 1;
        if (counted.sessions > 0) return;
        this.#requests.delete(key);
        counted.release();
      },
      { once: true },
    );
    if (ticket.startsWith(TICKET_SCHEME) && !this.#puller.isPulled(ticket)) {
      this.#options.onRequested?.(ticket, client);
    }
    await this.#puller.want(ticket, ended);
  }

  /**
   * Returns the state of a ticket's pull, or undefined if `access` does not allow reading it. Does not start
   * a pull.
   */
  report(ticket: Ticket, access: Access): PullReport | undefined {
    if (ticket.endpointId === this.#options.localId) return this.#hostedReport(ticket, access);
    return access.pull ? this.#pullReport(formatTicket(ticket)) : undefined;
  }

  /**
   * Calls `listener` whenever the report of any ticket may have changed, after a short delay. Returns a
   * function that removes the listener.
   */
  onChange(listener: () => void): () => void {
    return this.#events.on('changed', listener);
  }

  /** Ends all pulls. Idempotent. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  /** Returns the clients that pull a ticket with this endpoint id and this address (`ADDR:PORT`). */
  #clientsOf(endpointId: string, addr: string): string[] {
    return [...this.#requests.values()].flatMap(({ client, ticket }) =>
      ticket?.endpointId === endpointId && ticket.ipAddrs.includes(addr) ? [client] : [],
    );
  }

  /**
   * Creates the report for a ticket that refers to this relay's own endpoint. Such a ticket needs no pull.
   */
  #hostedReport({ broadcastName }: Ticket, access: Access): PullReport | undefined {
    const path = hostedPath(broadcastName, grantsOf(access));
    if (path === undefined) return undefined;
    const publication = this.#options.origin.get(path);
    return {
      state: publication ? 'live' : 'waiting',
      failure: null,
      message: publication ? '' : 'Nothing is published under this name yet.',
      readers: publication?.readers.get() ?? 0,
      upstream: null,
    };
  }

  #pullReport(ticket: string): PullReport {
    const status = this.states.find((candidate) => candidate.ticket === ticket);
    if (!status) {
      const refusedAtMs = this.#refusedAtMs.get(ticket) ?? Number.NEGATIVE_INFINITY;
      if (performance.now() - refusedAtMs > REFUSED_MS) return RELEASED;
      return { ...RELEASED, state: 'failed', failure: 'overloaded', message: pullFailureLine('overloaded') };
    }
    return {
      state: status.state,
      failure: status.failure,
      message: messageOf(status),
      readers: this.#puller.readersOf(ticket),
      upstream: this.#upstream(ticket),
      ...(status.liveName === undefined ? {} : { liveName: status.liveName }),
    };
  }

  #upstream(ticket: string): PullReport['upstream'] {
    const session = this.#puller.sessionOf(ticket);
    const path =
      session &&
      networkPathSourceOf(session.transport)
        ?.paths()
        .find(({ isSelected }) => isSelected);
    return path ? { kind: path.isRelay ? 'relayed' : 'direct', rttMs: path.rttMs } : null;
  }

  #refuse(ticket: string, reason: RefusalReason, client: string): void {
    this.#refusedAtMs.delete(ticket);
    this.#refusedAtMs.set(ticket, performance.now());
    const oldest = this.#refusedAtMs.keys().next().value;
    if (this.#refusedAtMs.size > MAX_REFUSED && oldest !== undefined) this.#refusedAtMs.delete(oldest);
    this.#options.onRefused(reason, client, `too many tickets at a time (${reason})`);
    this.#scheduleChange();
  }

  #scheduleChange(): void {
    if (this.#scope.closed) return;
    this.#changeTimer ??= setTimeout(() => {
      this.#changeTimer = undefined;
      this.#events.emit('changed', undefined);
    }, CHANGE_DELAY_MS);
  }

  #emitEvents(states: readonly PullStatus[]): void {
    for (const ticket of [...this.#emitted.keys()]) {
      if (states.some((status) => status.ticket === ticket)) continue;
      this.#emitted.delete(ticket);
      this.#options.onEvent({ event: 'pull', ticket, state: 'released', readers: 0, message: '' });
    }
    for (const status of states) {
      const { ticket } = status;
      const state = status.state === 'live' || status.state === 'failed' ? status.state : 'connecting';
      const change = { state, readers: this.#puller.readersOf(ticket), message: messageOf(status) } as const;
      const text = JSON.stringify(change);
      if (this.#emitted.get(ticket) === text) continue;
      this.#emitted.set(ticket, text);
      this.#options.onEvent({ event: 'pull', ticket, ...change });
    }
    this.#scheduleChange();
  }
}

function messageOf({ state, failure }: PullStatus): string {
  return failure === null ? (STATE_MESSAGES[state] ?? '') : pullFailureLine(failure);
}
