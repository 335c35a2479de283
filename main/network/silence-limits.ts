/** Time limits for detecting a lost peer. */
export interface LivenessConfig {
  /** How often the counters are sampled, in ms. */
  sampleEveryMs: number;
  /** How long a peer may be silent before it is pinged, in ms. Also the interval between further pings. */
  pingAfterMs: number;
  /**
   * How long a peer whose media arrived steadily may be silent before it is probed on another path, in ms. If
   * it answers there while the connection's own path stays silent, that path is dead.
   */
  probeAfterMs: number;
  /**
   * How long a peer whose media arrived steadily may be silent before it is treated as lost although no probe
   * was answered, in ms. The worst jitter seen on a usable network delays a packet by 2 s.
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
  probeAfterMs: 400,
  stalledAfterMs: 2_200,
  lostAfterMs: 6_000,
};

/**
 * Limits for calls. Late detection costs more than an unnecessary redial, because both users are waiting. On
 * a network with frequent long pauses, the limit grows (see `silenceLimitMs`).
 */
export const CALL_LIVENESS: LivenessConfig = { ...LIVENESS, pingAfterMs: 300, stalledAfterMs: 1_100 };

/** The silence limit is at least this number of round trips, so that a lost packet can be retransmitted. */
const ROUND_TRIPS = 3;
/**
 * A pause is tolerated if it is at most this many times as long as the longest recent pause in the flow of
 * media.
 */
const PAUSE_FACTOR = 3;
/**
 * After this many times the longest recent pause, a silence is long enough for a probe. Smaller than
 * `PAUSE_FACTOR`, because a probe alone closes nothing.
 */
const PROBE_PAUSE_FACTOR = 1.5;
/** What is known about a connection when its peer falls silent. */
interface FlowState {
  /** Whether media arrived steadily until the silence. */
  flowing: boolean;
  rttMs: number;
  /** The longest recent pause within the flow of media, in ms. */
  pauseMs: number;
  /** The number of times that the peer was recently lost. */
  recent: number;
}

/** Computes how long a silence is tolerated, in ms. */
export function silenceLimitMs(
  config: LivenessConfig,
  { flowing, rttMs, pauseMs, recent }: FlowState,
): number {
  const idleLimitMs = Math.max(config.lostAfterMs, ROUND_TRIPS * rttMs);
  if (!flowing) return idleLimitMs;
  const flowLimitMs = Math.max(config.stalledAfterMs, ROUND_TRIPS * rttMs, PAUSE_FACTOR * pauseMs);
  return Math.min(idleLimitMs, flowLimitMs * 2 ** recent);
}

/** Computes how long a silence is tolerated before the peer is probed, in ms. Infinite if no media was flowing. */
export function probeLimitMs(config: LivenessConfig, { flowing, rttMs, pauseMs, recent }: FlowState): number {
  if (!flowing) return Number.POSITIVE_INFINITY;
  return Math.max(config.probeAfterMs, ROUND_TRIPS * rttMs, PROBE_PAUSE_FACTOR * pauseMs) * 2 ** recent;
}
