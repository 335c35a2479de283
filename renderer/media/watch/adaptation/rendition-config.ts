/** Every number of the rendition policy, with its origin. */
export const RENDITION_CONFIG = {
  /** Interval between two evaluations of the policy, in milliseconds (iroh-live). */
  checkEveryMs: 200,

  /** A bad state of this length causes a step down, in milliseconds (iroh-live). */
  badMs: 500,
  /**
   * Share of the capacity that a rendition may use. iroh-live uses 0.85 of a congestion window; here the capacity is
   * measured directly, as the goodput while a queue grows.
   */
  fillShare: 0.9,
  /**
   * Delay above the connection's own that counts as a queue, in milliseconds. iroh-live uses loss (10 %), but a deep
   * buffer shows delay and no loss. Above the jitter of Wi-Fi (some tens), below what disturbs a conversation (150).
   */
  badQueueMs: 120,
  /**
   * Late frames without a queue count as bad from this duration on, in milliseconds. Consecutive losses, and the small
   * congestion window after them, are over sooner (1 s measured at 2 % loss and 50 ms).
   */
  lateMs: 1_500,
  /** A queue that shrank by this much within `trendMs` is draining, so no further step down is needed. */
  fallingQueueMs: 20,
  trendMs: 400,

  /** Immediate step down: a queue grows while the capacity is below this share of the needed bit rate. */
  emergencyShare: 0.8,
  /** Immediate step down from this queue on, in milliseconds: the video is visibly late already. */
  emergencyQueueMs: 300,
  /**
   * An emergency steps down directly to the rendition that fits the measured capacity. Data queued at the sender is
   * dropped with the old rendition. Above this queue, in milliseconds, the network's own buffer holds data too; then
   * the next rendition uses at most `drainShare` of the capacity, so that the buffer drains soon. iroh-live selects the
   * lowest rendition.
   */
  drainQueueMs: 600,
  drainShare: 0.6,
  /**
   * After a switch or a failed probe, data already in flight still arrives for this long, in milliseconds. Until then
   * only a growing queue counts.
   */
  settleMs: 1_000,

  /**
   * Time for a newly selected rendition to appear, in milliseconds. Until then the old one stays on screen, and its
   * lateness says nothing about the new one. The first keyframe takes about one second over a connection that just
   * became slow.
   */
  arriveMs: 2_000,

  /** A good state of this length is required before a higher rendition is probed, in milliseconds (iroh-live). */
  goodMs: 4_000,
  /**
   * Cool-down after a step down, in milliseconds (iroh-live). During it, no higher rendition is probed, and only an
   * emergency causes a further step down.
   */
  afterDownMs: 4_000,
  /** The capacity, where known, must be this many times the bit rate of a higher rendition (iroh-live). */
  headroom: 1.2,
  /**
   * How long a higher rendition is read beside the current one, in milliseconds. iroh-live uses 3 s; here the arrival
   * of the probed rendition itself is the proof, and two seconds are enough for that.
   */
  probeMs: 2_000,
  /** Maximum duration of a probe, in milliseconds. The sender's congestion window grows within some round trips. */
  probeLimitMs: 4_000,
  /**
   * If single large frames arrive at less than this share of a rendition's bit rate, the rendition hardly fits, and its
   * first keyframe alone would cause a queue. The state must then be good for `doubtGoodMs` first, in milliseconds.
   */
  doubtShare: 0.5,
  doubtGoodMs: 16_000,
  /** A probe ends when it adds this much to the queue of the current rendition, in milliseconds: half of `badQueueMs`. */
  probeQueueMs: 60,
  /** Or this many round trips, if longer: a congestion window growing to a larger rendition delays everything. */
  probeQueueRoundTrips: 1,
  /** Pause after a failed probe of a rendition, in milliseconds (iroh-live). Each further failure doubles it. */
  coolDownMs: 8_000,
  /** The longest such pause, in milliseconds: three doublings. */
  maxCoolDownMs: 64_000,
  /** A step up that is reverted within this time counts as a failed probe, in milliseconds. */
  regretMs: 10_000,
  /**
   * The pause after a failed probe ends early if the estimate has grown by this factor since then, but not within
   * `afterDownMs`.
   */
  betterBy: 1.5,

  /** Shorter good state for the fast climb after the start and after each success, in milliseconds. */
  climbGoodMs: 400,
  /** Shorter probe for the fast climb, in milliseconds. Start and climb fit into the goal of two seconds. */
  climbProbeMs: 700,
  /**
   * Headroom at the start if only the sender's estimate is known. A sender that has sent nothing only guesses its
   * window, and over a short round trip the resulting rate is far too high.
   */
  startHeadroom: 4,

  /** The last rendition resumes after at most this time hidden, in milliseconds. Networks seldom change sooner. */
  againMs: 30_000,

  /** Video may be enlarged by this factor before a larger rendition is worthwhile. Less is hardly visible. */
  enlarge: 1.15,
  /** Sizes that overloaded the decoder are excluded for this long, in milliseconds. Each repetition doubles it. */
  overloadMs: 30_000,
  maxOverloadMs: 480_000,
} as const;

/** The policy's numbers; tests may use other values. */
export type RenditionConfig = { readonly [K in keyof typeof RENDITION_CONFIG]: number };
