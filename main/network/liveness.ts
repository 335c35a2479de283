import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { networkPathSourceOf } from './network-path-source.ts';
import { type CounterSample, SilenceMeter } from './silence.ts';

/**
 * Detects a peer that vanished and a network path that stopped working. QUIC's idle timeout takes 30 s, and
 * iroh takes 15 s to replace a dead direct path with its relay. When no data arrives on the selected path, a
 * ping is sent, which a live peer must acknowledge.
 *
 * All connections to one peer share iroh's selected path. All silent sessions with a peer are therefore
 * closed before a new one is dialed, because the new session would otherwise use the dead path. (Measured:
 * while the old connection was open, the peer did not answer within 3 s; after it was closed, the peer
 * answered within 34 ms.)
 */

/** Time limits for detecting a lost peer. */
export interface LivenessConfig {
  /** How often the counters are sampled, in ms. */
  sampleEveryMs: number;
  /** How long a peer may be silent before it is pinged, in ms. Also the interval between further pings. */
  pingAfterMs: number;
  /**
   * How long a peer whose media arrived steadily may be silent before it is treated as lost, in ms. The worst
   * jitter seen on a usable network delays a packet by 2 s.
   */
  stalledAfterMs: number;
  /**
   * How long a peer that sends no media may be silent before it is treated as lost, in ms. Only
   * acknowledgements of pings arrive from such a peer, and jitter in both directions delays them.
   */
  lostAfterMs: number;
}

/** Limits for watched broadcasts, viewers and pushes. */
export const LIVENESS: LivenessConfig = {
  sampleEveryMs: 100,
  pingAfterMs: 500,
  stalledAfterMs: 2_200,
  lostAfterMs: 6_000,
};

/**
 * Limits for calls. Late detection costs more than an unnecessary redial, because both users are waiting. On
 * a network with frequent long pauses, the limit grows (see `silenceLimitMs`).
 */
export const CALL_LIVENESS: LivenessConfig = { ...LIVENESS, pingAfterMs: 300, stalledAfterMs: 1_100 };

/**
 * How long a loss of the peer counts as recent, in ms. Each recent loss doubles the silence limit, up to
 * `lostAfterMs`, so that a bad network does not cause endless reconnects.
 */
const RECENT_LOSS_MS = 20_000;
/** The silence limit is at least this number of round trips, so that a lost packet can be retransmitted. */
const ROUND_TRIPS = 3;
/**
 * A pause is tolerated if it is at most this many times as long as the longest recent pause in the flow of
 * media.
 */
const PAUSE_FACTOR = 3;
/**
 * When a silent session is closed, other sessions with the same peer are closed too if their silence is at
 * least this fraction as long.
 */
const SILENT_TOO = 0.75;

/**
 * Computes how long a silence is tolerated, in ms.
 *
 * @param state.pauseMs the longest recent pause within the flow of media
 * @param state.recent the number of times that the peer was recently lost
 */
export function silenceLimitMs(
  config: LivenessConfig,
  state: { flowing: boolean; rttMs: number; pauseMs: number; recent: number },
): number {
  const { flowing, rttMs, pauseMs, recent } = state;
  const idleLimitMs = Math.max(config.lostAfterMs, ROUND_TRIPS * rttMs);
  if (!flowing) return idleLimitMs;
  const flowLimitMs = Math.max(config.stalledAfterMs, ROUND_TRIPS * rttMs, PAUSE_FACTOR * pauseMs);
  return Math.min(idleLimitMs, flowLimitMs * 2 ** recent);
}

/**
 * Closes the session when its peer has been silent for too long. Returns a function that changes the limits,
 * for a session that later carries a call. The sampling interval stays the same.
 */
export function watchLiveness(session: Session, config: LivenessConfig): (config: LivenessConfig) => void {
  const watch = new LivenessWatch(session, config);
  const timer = setInterval(() => watch.tick(), config.sampleEveryMs);
  session.scope.own(() => clearInterval(timer));
  return (changed) => {
    watch.config = changed;
  };
}

/** The liveness watches of all connections of one endpoint to one peer. */
interface PeerWatches {
  watches: Set<LivenessWatch>;
  /** The times at which sessions with the peer were recently closed because of silence. */
  lostAtMs: number[];
}

/**
 * Maps each endpoint to a map from peer ids to watches. Endpoints are distinguished because one process may
 * have two.
 */
const watchesByEndpoint = new WeakMap<object, Map<string, PeerWatches>>();

class LivenessWatch {
  config: LivenessConfig;
  readonly session: Session;
  readonly #meter = new SilenceMeter();
  readonly #peer: PeerWatches;
  #rttMs = 0;
  #pingedAtMs = 0;
  #sampling = false;
  #pinging = false;

  constructor(session: Session, config: LivenessConfig) {
    this.session = session;
    this.config = config;
    this.#peer = register(session, this);
  }

  get silentMs(): number {
    return this.#meter.silentMs;
  }

  tick(): void {
    if (this.#sampling) return;
    this.#sampling = true;
    this.#check()
      .catch((error: unknown) =>
        log.debug(`${this.session.label}: liveness check failed: ${messageOf(error)}`),
      )
      .finally(() => {
        this.#sampling = false;
      });
  }

  async #check(): Promise<void> {
    const sample = await this.#sample();
    if (!sample || this.session.scope.closed) return;
    this.#meter.add(sample);
    const { flowing, silentMs, longestPauseMs } = this.#meter;
    const { pingAfterMs } = this.config;
    const nowMs = sample.atMs;
    const recent = this.#peer.lostAtMs.filter((atMs) => nowMs - atMs < RECENT_LOSS_MS).length;
    const state = { flowing, rttMs: this.#rttMs, pauseMs: longestPauseMs, recent };
    if (silentMs >= silenceLimitMs(this.config, state)) {
      await this.#closeSilent(nowMs, silentMs);
    } else if (silentMs >= pingAfterMs && nowMs - this.#pingedAtMs >= pingAfterMs) {
      this.#pingedAtMs = nowMs;
      this.#ping();
    }
  }

  /**
   * Samples the connection's counters. Returns undefined for a transport without counters, such as a local
   * socket, which reports its own end reliably.
   */
  async #sample(): Promise<CounterSample | undefined> {
    const atMs = performance.now();
    const source = networkPathSourceOf(this.session.transport);
    if (source) {
      // Read the totals first. Otherwise, data that arrives between the two calls would appear to have
      // arrived on an unlisted path.
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
    const { bytesReceived, bytesSent } = await this.session.established.stats();
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

  /** Closes this session and the peer's other silent sessions. */
  async #closeSilent(nowMs: number, silentMs: number): Promise<void> {
    const { lostAtMs, watches } = this.#peer;
    const recent = lostAtMs.filter((atMs) => nowMs - atMs < RECENT_LOSS_MS);
    lostAtMs.splice(0, lostAtMs.length, ...recent, nowMs);
    const others = [...watches].filter((other) => other !== this && other.silentMs >= silentMs * SILENT_TOO);
    for (const { session } of [this, ...others]) {
      log.info(`${session.label}: closed after ${Math.round(silentMs)} ms of silence`);
    }
    await Promise.all([this, ...others].map(({ session }) => session.close('no answer')));
  }

  #ping(): void {
    if (this.#pinging) return;
    this.#pinging = true;
    ping(this.session)
      .catch((error: unknown) => log.debug(`${this.session.label}: ping failed: ${messageOf(error)}`))
      .finally(() => {
        this.#pinging = false;
      });
  }
}

/**
 * Pings the peer by opening a stream and immediately resetting it. No response is needed except the peer's
 * acknowledgement.
 */
async function ping(session: Session): Promise<void> {
  const stream = await session.transport.createBidirectionalStream();
  await Promise.all([stream.writable.abort('ping'), stream.readable.cancel('ping')]);
}

function register(session: Session, watch: LivenessWatch): PeerWatches {
  const source = networkPathSourceOf(session.transport);
  if (!source) return { watches: new Set([watch]), lostAtMs: [] };
  const peers = watchesByEndpoint.get(source.owner) ?? new Map<string, PeerWatches>();
  watchesByEndpoint.set(source.owner, peers);
  const peer = peers.get(source.remoteId) ?? { watches: new Set(), lostAtMs: [] };
  peers.set(source.remoteId, peer);
  peer.watches.add(watch);
  session.scope.own(() => {
    peer.watches.delete(watch);
    prune(peers);
  });
  return peer;
}

/** Removes the entries for peers that have neither watches nor recent losses. */
function prune(peers: Map<string, PeerWatches>): void {
  const nowMs = performance.now();
  for (const [remoteId, { watches, lostAtMs }] of peers) {
    if (watches.size === 0 && nowMs - (lostAtMs.at(-1) ?? 0) > RECENT_LOSS_MS) peers.delete(remoteId);
  }
}
