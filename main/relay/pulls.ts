import type { Path } from 'moq-net';
import { Scope } from '../../common/base/scope.ts';
import { Emitter } from '../../common/base/store.ts';
import type { PullFailure } from '../../common/bridge/bridge.ts';
import type { PullReport } from '../../common/relay/relay-api.ts';
import { pullFailureWords } from '../../common/words/pull-words.ts';
import { pathSourceOf } from '../network/path-source.ts';
import type { Origin } from '../origin/origin.ts';
import type { Dial } from '../pull/peer.ts';
import { Puller, type PullStatus } from '../pull/puller.ts';
import { Gate, type OnRefused, type Refusal, type RelayLimits, strangersShare } from './limits.ts';
import type { RelayEvent } from './relay-events.ts';

export interface PullsOptions {
  origin: Origin;
  localId: string;
  dial: Dial;
  failureOf: (error: unknown) => PullFailure;
  releaseMs: number;
  limits: RelayLimits;
  onEvent: (event: RelayEvent) => void;
  onRefused: OnRefused;
}

/** How long a refused ticket is reported as such to those who ask, in milliseconds. */
const REFUSED_MS = 10_000;
const MAX_REFUSED = 1_000;
/**
 * Changes within this time, in milliseconds, are told as one: when a broadcast with hundreds of viewers ends, each that
 * leaves is a change, and each that is told looks at it.
 */
const TELL_MS = 50;

const RELEASED: Omit<PullReport, 'upstream'> = { state: 'released', failure: null, message: '', readers: 0 };
const words: Readonly<Partial<Record<PullStatus['state'], string>>> = {
  waiting: 'The publisher is there, but has no broadcast of this name, or has not begun yet.',
  ended: 'The broadcast is over. It goes on by itself should the publisher begin again.',
};

/** The tickets that the relay pulls: who may ask for how many, and what is told of them. */
export class RelayPulls {
  readonly #options: PullsOptions;
  readonly #scope = new Scope();
  readonly #puller: Puller;
  readonly #gate: Gate;
  /** By client and ticket: how often it is wanted, and what gives its place back. */
  readonly #wanted = new Map<string, { uses: number; release: () => void }>();
  readonly #refused = new Map<string, number>();
  readonly #told = new Map<string, string>();
  readonly #events = new Emitter<{ changed: undefined }>();
  #telling: NodeJS.Timeout | undefined;

  constructor(options: PullsOptions) {
    this.#options = options;
    // The puller bounds the tickets; the gate, what one client may want.
    const { pulls, pullsPerClient } = options.limits;
    const strangers = strangersShare(pullsPerClient, pulls);
    this.#gate = new Gate(Number.POSITIVE_INFINITY, pullsPerClient, strangers);
    this.#puller = new Puller({
      origin: options.origin,
      localId: options.localId,
      // Tickets to this relay's own endpoint are resolved by the sessions, which know who may read what.
      livePrefix: '',
      dial: options.dial,
      failureOf: options.failureOf,
      releaseMs: options.releaseMs,
      maxPulls: options.limits.pulls,
      onRefused: (ticket) => this.#refuse(ticket, 'pulls', 'a ticket'),
    });
    this.#scope.own(() => clearTimeout(this.#telling));
    this.#scope.own(() => this.#puller.close());
    this.#scope.own(this.#puller.states.subscribe((states) => this.#tell(states)));
  }

  /** Tickets by state, for metrics. */
  get states(): readonly PullStatus[] {
    return this.#puller.states.get();
  }

  /** Connections to publishers, and attempts at one. */
  get upstreams(): number {
    return this.#puller.peerCount;
  }

  /** A client's session wants the ticket at this path until `ended`. As the puller's `want`. */
  async want(client: string, ticket: Path.Valid, ended: AbortSignal): Promise<void> {
    if (ended.aborted) return;
    const key = `${client}\n${ticket}`;
    let entry = this.#wanted.get(key);
    if (!entry) {
      const release = this.#gate.enter(client);
      if (typeof release === 'string') return this.#refuse(ticket, 'pulls-per-client', client);
      entry = { uses: 0, release };
      this.#wanted.set(key, entry);
    }
    const held = entry;
    held.uses += 1;
    ended.addEventListener(
      'abort',
      () => {
        held.uses -= 1;
        if (held.uses > 0) return;
        this.#wanted.delete(key);
        held.release();
      },
      { once: true },
    );
    await this.#puller.want(ticket, ended);
  }

  /** What is to be told of a ticket now. It starts nothing. */
  report(ticket: string): PullReport {
    const status = this.states.find((candidate) => candidate.ticket === ticket);
    if (!status) {
      const refusedAtMs = this.#refused.get(ticket);
      if (refusedAtMs === undefined || performance.now() - refusedAtMs > REFUSED_MS)
        return { ...RELEASED, upstream: null };
      const message = pullFailureWords('overloaded');
      return { ...RELEASED, state: 'failed', failure: 'overloaded', message, upstream: null };
    }
    return {
      state: status.state,
      failure: status.failure,
      message: messageOf(status),
      readers: this.#puller.readersOf(ticket),
      upstream: this.#upstream(ticket),
    };
  }

  /** Calls back soon after what is told of any ticket may have changed. */
  onChange(listener: () => void): () => void {
    return this.#events.on('changed', listener);
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  #upstream(ticket: string): PullReport['upstream'] {
    const session = this.#puller.sessionOf(ticket);
    const path =
      session &&
      pathSourceOf(session.transport)
        ?.paths()
        .find(({ isSelected }) => isSelected);
    return path ? { kind: path.isRelay ? 'relayed' : 'direct', rttMs: path.rttMs } : null;
  }

  #refuse(ticket: string, reason: Refusal, client: string): void {
    this.#refused.delete(ticket);
    this.#refused.set(ticket, performance.now());
    const oldest = this.#refused.keys().next().value;
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
    this.#options.onRefused(reason, client, `too many tickets at once (${reason})`);
    this.#tellChanged();
  }

  #tellChanged(): void {
    if (this.#scope.closed) return;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#events.emit('changed', undefined);
    }, TELL_MS);
  }

  #tell(states: readonly PullStatus[]): void {
    for (const ticket of [...this.#told.keys()]) {
      if (states.some((status) => status.ticket === ticket)) continue;
      this.#told.delete(ticket);
      this.#options.onEvent({ event: 'pull', ticket, state: 'released', readers: 0, message: '' });
    }
    for (const status of states) {
      const { ticket } = status;
      const state = status.state === 'live' || status.state === 'failed' ? status.state : 'connecting';
      const told = { state, readers: this.#puller.readersOf(ticket), message: messageOf(status) } as const;
      const text = JSON.stringify(told);
      if (this.#told.get(ticket) === text) continue;
      this.#told.set(ticket, text);
      this.#options.onEvent({ event: 'pull', ticket, ...told });
    }
    this.#tellChanged();
  }
}

function messageOf({ state, failure }: PullStatus): string {
  return failure === null ? (words[state] ?? '') : pullFailureWords(failure);
}
