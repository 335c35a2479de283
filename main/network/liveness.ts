import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { pathSourceOf } from './path-source.ts';
import { type Look, SilenceMeter } from './silence.ts';

/**
 * Notices a peer that is gone without a goodbye, and a path that died under a connection. QUIC itself waits for its
 * idle time-out (30 s), and iroh 15 s before it leaves a dead direct path for its relay. Anything received on the path
 * that carries the data counts as a sign of life; when nothing came for a while, something is sent that a living
 * peer must acknowledge.
 *
 * A session that is given up is closed, not kept beside a new one: all connections of an endpoint to one peer share
 * iroh's choice of path, so a second one is sent into the same dead path until the first is gone (measured: no answer
 * in 3 s beside the old connection, 34 ms after it was closed). For the same reason others to that peer which are
 * silent too are closed with it.
 */
export interface LivenessConfig {
  /** How often the counters are looked at. */
  everyMs: number;
  /** Silence after which the peer is nudged, and how often from then on. */
  nudgeAfterMs: number;
  /**
   * Silence after which a peer is given up whose media flowed steadily. Jitter of 2 s, the worst that a link in use
   * was seen to have, holds the next packet back for 2 s at most.
   */
  stalledAfterMs: number;
  /** The same when nothing is expected but the answer to a nudge, which takes jitter both ways. */
  lostAfterMs: number;
}

export const LIVENESS: LivenessConfig = {
  everyMs: 100,
  nudgeAfterMs: 500,
  stalledAfterMs: 2_200,
  lostAfterMs: 6_000,
};

/**
 * In a call two people wait for each other, both send sound fifty times a second, and both ends have a window to fill
 * anew: what a late sign of life costs there, a call that is dialled anew for nothing does not. A link that turns out to
 * pause that long by itself is waited for longer: see `silenceLimitMs`.
 */
export const CALL_LIVENESS: LivenessConfig = { ...LIVENESS, nudgeAfterMs: 300, stalledAfterMs: 1_100 };

/**
 * A peer given up again within this time, in milliseconds, is waited for twice as long each time, up to
 * `lostAfterMs`: a link that is worse than expected must not be dropped in a circle.
 */
const PATIENCE_MS = 20_000;
/** A round trip may be lost and sent again within this many. */
const ROUND_TRIPS = 3;
/** A pause is out of the ordinary when it is this many times the longest one that the flow had before. */
const PAUSES = 3;
/** Other sessions with the peer go with the one that is given up when they were silent for this part of its time. */
const SILENT_TOO = 0.75;

/**
 * How much silence is allowed, in milliseconds. `recent` is how often the peer was given up lately; `pauseMs` the
 * longest pause within the flow.
 */
export function silenceLimitMs(
  config: LivenessConfig,
  { flowing, rttMs, pauseMs, recent }: { flowing: boolean; rttMs: number; pauseMs: number; recent: number },
): number {
  const slow = Math.max(config.lostAfterMs, ROUND_TRIPS * rttMs);
  if (!flowing) return slow;
  const usual = Math.max(config.stalledAfterMs, ROUND_TRIPS * rttMs, PAUSES * pauseMs);
  return Math.min(slow, usual * 2 ** recent);
}

/**
 * Closes the session when its peer has been silent for too long; stops by itself when the session ends. Returns what
 * changes how long that is: a session may turn out to carry a call. (`everyMs` stays as it was.)
 */
export function watchLiveness(session: Session, config: LivenessConfig): (config: LivenessConfig) => void {
  const watch = new Watch(session, config);
  const timer = setInterval(() => watch.tick(), config.everyMs);
  session.scope.own(() => clearInterval(timer));
  return (changed) => watch.follow(changed);
}

/** The watches of one endpoint's connections to one peer. */
interface Neighbours {
  watches: Set<Watch>;
  givenUpAtMs: number[];
}

/** By endpoint, so that two of them in one process do not meet. */
const neighbourhoods = new WeakMap<object, Map<string, Neighbours>>();

class Watch {
  readonly #session: Session;
  #config: LivenessConfig;
  readonly #meter = new SilenceMeter();
  readonly #neighbours: Neighbours;
  #rttMs = 0;
  #nudgedAtMs = 0;
  #looking = false;
  #nudging = false;

  constructor(session: Session, config: LivenessConfig) {
    this.#session = session;
    this.#config = config;
    this.#neighbours = join(session, this);
  }

  get silentMs(): number {
    return this.#meter.silentMs;
  }

  get session(): Session {
    return this.#session;
  }

  follow(config: LivenessConfig): void {
    this.#config = config;
  }

  tick(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#look()
      .catch((error: unknown) => log.debug(`${this.#session.label}: liveness: ${messageOf(error)}`))
      .finally(() => {
        this.#looking = false;
      });
  }

  async #look(): Promise<void> {
    const counters = await this.#counters();
    if (!counters || this.#session.scope.closed) return;
    this.#meter.take(counters);
    const { flowing, silentMs, pauseMs } = this.#meter;
    const nowMs = counters.atMs;
    const recent = this.#neighbours.givenUpAtMs.filter((atMs) => nowMs - atMs < PATIENCE_MS).length;
    const limitMs = silenceLimitMs(this.#config, { flowing, rttMs: this.#rttMs, pauseMs, recent });
    if (silentMs >= limitMs) {
      await this.#giveUp(nowMs, silentMs);
    } else if (
      silentMs >= this.#config.nudgeAfterMs &&
      nowMs - this.#nudgedAtMs >= this.#config.nudgeAfterMs
    ) {
      this.#nudgedAtMs = nowMs;
      this.#nudge();
    }
  }

  /** Undefined for a transport that counts nothing: a local socket tells of its end by itself. */
  async #counters(): Promise<Look | undefined> {
    const atMs = performance.now();
    const source = pathSourceOf(this.#session.transport);
    if (source) {
      // The total first: what arrives between the two must not seem to come over a path that is not listed.
      const total = source.totals();
      const paths = source.paths();
      const selected = paths.find(({ isSelected }) => isSelected);
      this.#rttMs = selected?.rttMs ?? this.#rttMs;
      return {
        atMs,
        selectedId: selected?.id,
        selectedBytes: selected?.stats.udpRxBytes ?? 0,
        listedBytes: paths.reduce((sum, { stats }) => sum + stats.udpRxBytes, 0),
        receivedBytes: total.udpRxBytes,
        sentBytes: total.udpTxBytes,
      };
    }
    const { bytesReceived, bytesSent } = await this.#session.established.stats();
    if (bytesReceived === undefined) return undefined;
    return {
      atMs,
      selectedId: '',
      selectedBytes: bytesReceived,
      listedBytes: bytesReceived,
      receivedBytes: bytesReceived,
      sentBytes: bytesSent ?? 0,
    };
  }

  async #giveUp(nowMs: number, silentMs: number): Promise<void> {
    const { givenUpAtMs, watches } = this.#neighbours;
    givenUpAtMs.splice(
      0,
      givenUpAtMs.length,
      ...givenUpAtMs.filter((atMs) => nowMs - atMs < PATIENCE_MS),
      nowMs,
    );
    const others = [...watches].filter((other) => other !== this && other.silentMs >= silentMs * SILENT_TOO);
    for (const { session } of [this, ...others]) {
      log.info(`${session.label}: silent for ${Math.round(silentMs)} ms; given up`);
    }
    await Promise.all([this, ...others].map(({ session }) => session.close('no answer')));
  }

  /** A stream opened and reset at once: it asks the peer for nothing but an acknowledgement. */
  #nudge(): void {
    if (this.#nudging) return;
    this.#nudging = true;
    nudge(this.#session)
      .catch((error: unknown) => log.debug(`${this.#session.label}: nudge: ${messageOf(error)}`))
      .finally(() => {
        this.#nudging = false;
      });
  }
}

async function nudge(session: Session): Promise<void> {
  const stream = await session.transport.createBidirectionalStream();
  await Promise.all([stream.writable.abort('nudge'), stream.readable.cancel('nudge')]);
}

function join(session: Session, watch: Watch): Neighbours {
  const source = pathSourceOf(session.transport);
  if (!source) return { watches: new Set([watch]), givenUpAtMs: [] };
  const peers = neighbourhoods.get(source.owner) ?? new Map<string, Neighbours>();
  neighbourhoods.set(source.owner, peers);
  const neighbours = peers.get(source.remoteId) ?? { watches: new Set(), givenUpAtMs: [] };
  peers.set(source.remoteId, neighbours);
  neighbours.watches.add(watch);
  session.scope.own(() => {
    neighbours.watches.delete(watch);
    prune(peers);
  });
  return neighbours;
}

/** Forgets peers that nobody watches and that were not given up lately. */
function prune(peers: Map<string, Neighbours>): void {
  const nowMs = performance.now();
  for (const [remoteId, { watches, givenUpAtMs }] of peers) {
    if (watches.size === 0 && nowMs - (givenUpAtMs.at(-1) ?? 0) > PATIENCE_MS) peers.delete(remoteId);
  }
}
