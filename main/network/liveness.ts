import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { networkPathSourceOf } from './network-path-source.ts';
import { type CounterSample, SilenceMeter } from './silence.ts';

/**
 * Detects a peer that vanished without closing its connection, and a path that died under a connection. QUIC's own
 * idle timeout is 30 s, and iroh takes 15 s to replace a dead direct path by its relay. Data received on the selected
 * path counts as a sign of life. After a period of silence a ping is sent, which a living peer must acknowledge.
 *
 * The session of a silent peer is closed before a new one is dialled. All connections of an endpoint to one peer share
 * iroh's selected path, so a second connection uses the same dead path until the first one is closed (measured: no
 * answer within 3 s beside the old connection, 34 ms after it was closed). For the same reason, other sessions with
 * that peer that are also silent are closed together with it.
 */
export interface LivenessConfig {
  /** Sampling interval of the counters. */
  sampleEveryMs: number;
  /** Silence after which the peer is pinged, and the interval of further pings. */
  pingAfterMs: number;
  /**
   * Silence after which a peer whose media flowed steadily counts as lost. The worst jitter seen on a usable network,
   * 2 s, delays the next packet by at most 2 s.
   */
  stalledAfterMs: number;
  /** The same for a peer that sends no media: only the ping's answer is expected, with jitter in both directions. */
  lostAfterMs: number;
}

/** Liveness of watched broadcasts, viewers and pushes. */
export const LIVENESS: LivenessConfig = {
  sampleEveryMs: 100,
  pingAfterMs: 500,
  stalledAfterMs: 2_200,
  lostAfterMs: 6_000,
};

/**
 * Liveness of calls. Two users wait for each other, audio packets flow fifty times a second both ways, and each end
 * must refill its buffers after an outage. Late detection therefore costs more than a needless redial. On a network
 * that turns out to pause this long by itself, the limit grows: see `silenceLimitMs`.
 */
export const CALL_LIVENESS: LivenessConfig = { ...LIVENESS, pingAfterMs: 300, stalledAfterMs: 1_100 };

/**
 * Each loss of the same peer within this time, in milliseconds, doubles the limit up to `lostAfterMs`. A network that
 * is worse than expected must not cause an endless series of reconnects.
 */
const RECENT_LOSS_MS = 20_000;
/** Within this many round trips, one may be lost and sent again. */
const ROUND_TRIPS = 3;
/** A pause is unusual when it is this many times the longest one that the flow had before. */
const PAUSE_FACTOR = 3;
/** Other sessions with a lost peer are closed too if they were silent for this share of the lost session's silence. */
const SILENT_TOO = 0.75;

/**
 * The tolerated silence, in milliseconds.
 *
 * @param state.pauseMs The longest recent pause within the flow.
 * @param state.recent How often the peer was lost recently.
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
 * Closes the session when its peer has been silent for too long. Stops when the session ends. Returns a function that
 * changes the limits, for a session that turns out to carry a call; the sampling interval stays the same.
 */
export function watchLiveness(session: Session, config: LivenessConfig): (config: LivenessConfig) => void {
  const watch = new LivenessWatch(session, config);
  const timer = setInterval(() => watch.tick(), config.sampleEveryMs);
  session.scope.own(() => clearInterval(timer));
  return (changed) => {
    watch.config = changed;
  };
}

/** The watches of all connections of one endpoint to one peer. */
interface PeerWatches {
  watches: Set<LivenessWatch>;
  /** When sessions with the peer were closed for silence recently. */
  lostAtMs: number[];
}

/** Key: endpoint, so that two endpoints in one process stay separate; then the peer's id. */
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

  /** Undefined for a transport without counters, such as a local socket, which reports its own end reliably. */
  async #sample(): Promise<CounterSample | undefined> {
    const atMs = performance.now();
    const source = networkPathSourceOf(this.session.transport);
    if (source) {
      // Totals first: otherwise, data that arrives between the two calls would seem to use an unlisted path.
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

  /** Closes this session and the peer's other silent ones. */
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

/** Opens a stream and resets it at once. The peer only has to acknowledge it. */
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

/** Removes peers without watches and without recent losses. */
function prune(peers: Map<string, PeerWatches>): void {
  const nowMs = performance.now();
  for (const [remoteId, { watches, lostAtMs }] of peers) {
    if (watches.size === 0 && nowMs - (lostAtMs.at(-1) ?? 0) > RECENT_LOSS_MS) peers.delete(remoteId);
  }
}
