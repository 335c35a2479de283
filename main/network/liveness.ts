import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { networkPathSourceOf } from './network-path-source.ts';
import { peerProbeOf } from './peer-probe.ts';
import { type CounterSample, SilenceMeter } from './silence.ts';
import { type LivenessConfig, probeLimitMs, silenceLimitMs } from './silence-limits.ts';

export { CALL_LIVENESS, LIVENESS } from './silence-limits.ts';

/**
 * Detects a peer that vanished and a network path that stopped working. QUIC's idle timeout takes 30 s, and
 * iroh takes 15 s to replace a dead direct path with its relay. When no data arrives on the selected path, a
 * ping is sent, which a live peer must acknowledge. A moment later, the peer is probed on its other paths
 * (see `PeerProbe`). If it answers there, the selected path is dead. If it does not, the peer may still be
 * alive behind a link with much jitter, so it gets more time.
 *
 * All connections to one peer share iroh's selected path. All silent sessions with a peer are therefore
 * closed before a new one is dialed, because the new session would otherwise use the dead path. (Measured:
 * while the old connection was open, the peer did not answer within 3 s; after it was closed, the peer
 * answered within 34 ms.)
 */

/**
 * How long a loss of the peer counts as recent, in ms. Each recent loss doubles the silence limit, up to
 * `lostAfterMs`, so that a bad network does not cause endless reconnects.
 */
const RECENT_LOSS_MS = 20_000;
/**
 * How long to wait after a probe's answer for media that may have been sent before the answer, in ms, in addition
 * to a round trip. Packets usually queue for the same link on all paths, so the answer does not overtake them by much.
 */
const PROBE_MARGIN_MS = 100;
/** Maximum duration of one probe, in ms. */
const PROBE_TIMEOUT_MS = 3_000;
/**
 * When a silent session is closed, other sessions with the same peer are closed too if their silence is at
 * least this fraction as long.
 */
const SILENT_TOO = 0.75;

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
  #probing = false;
  /** The last answered probe: when the silence had begun, and when the answer arrived. */
  #answer: { silentSinceMs: number; atMs: number } | undefined;

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
    if (silentMs >= probeLimitMs(this.config, state)) this.#probe(nowMs);
    if (silentMs >= silenceLimitMs(this.config, state) || this.#isPathDead(nowMs)) {
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

  /** Whether the peer has answered on another path, while this connection's path has been silent all the time. */
  #isPathDead(nowMs: number): boolean {
    const { silentSinceMs, atMs } = this.#answer ?? {};
    if (atMs === undefined || silentSinceMs !== this.#meter.silentSinceMs) return false;
    return nowMs - atMs >= PROBE_MARGIN_MS + this.#rttMs;
  }

  #probe(nowMs: number): void {
    const { silentSinceMs } = this.#meter;
    if (this.#probing || this.#answer?.silentSinceMs === silentSinceMs) return;
    const source = networkPathSourceOf(this.session.transport);
    const probe = source && peerProbeOf(source);
    if (!probe) return;
    this.#probing = true;
    // If only the media has stopped, for example because the peer's machine is busy, the acknowledgement of this
    // ping arrives on the connection's own path no later than the answer to the probe.
    this.#pingedAtMs = nowMs;
    this.#ping();
    void probe(AbortSignal.any([this.session.scope.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)])).then(
      (answered) => {
        this.#probing = false;
        if (answered) this.#answer = { silentSinceMs, atMs: performance.now() };
      },
    );
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
