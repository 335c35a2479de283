/** Every number of the rendition policy, with its source if it is not our own. */
export const RENDITION_CONFIG = {
  /** Interval between two evaluations of the policy, in milliseconds (iroh-live). */
  checkEveryMs: 200,

  /** Duration of a bad state before a step down, in milliseconds (iroh-live). */
  badMs: 500,
  /**
   * Share of the capacity that a rendition may use. iroh-live uses 0.85 of a congestion window; here the capacity is
   * measured directly, as the goodput while a queue grows.
   */
  fillShare: 0.9,
  /**
   * Delay above the connection's own that counts as a queue, in milliseconds. iroh-live uses loss (10 %), but a deep
   * buffer shows delay and no loss. The value is above the jitter of Wi-Fi (some tens) and below the delay that
   * disturbs a conversation (150).
   */
  badQueueMs: 120,
  /**
   * Duration of late frames without a queue before the state counts as bad, in milliseconds. Consecutive losses, and
   * the small congestion window after them, end sooner (1 s measured at 2 % loss and 50 ms).
   */
  lateMs: 1_500,
  /**
   * Amount by which a queue must shrink within `trendMs` to count as draining, in milliseconds. A draining queue needs
   * no further step down.
   */
  fallingQueueMs: 20,
  trendMs: 400,

  /** Share of the needed bitrate below which the capacity causes an immediate step down while a queue grows. */
  emergencyShare: 0.8,
  /** Queue from which the rendition steps down immediately, in milliseconds. The video is already visibly late. */
  emergencyQueueMs: 300,
  /**
   * Queue above which the network's own buffer holds data too, in milliseconds. An emergency steps down directly to the
   * rendition that fits the measured capacity, and data queued at the sender is dropped with the old rendition. Above
   * this queue, the next rendition uses at most `drainShare` of the capacity, so that the network's buffer drains soon.
   * iroh-live selects the lowest rendition.
   */
  drainQueueMs: 600,
  drainShare: 0.6,
  /**
   * Time for which data in flight still arrives after a switch or a failed probe, in milliseconds. During it, only a
   * growing queue counts.
   */
  settleMs: 1_000,

  /**
   * Time for a newly selected rendition to appear, in milliseconds. Until then the old rendition stays on screen, and
   * its lateness says nothing about the new one. The first keyframe takes about one second over a connection that has
   * just become slow.
   */
  arriveMs: 2_000,

  /** Duration of a good state before a higher rendition is probed, in milliseconds (iroh-live). */
  goodMs: 4_000,
  /**
   * Cool-down after a step down, in milliseconds (iroh-live). During it, no higher rendition is probed, and only an
   * emergency causes a further step down.
   */
  afterDownMs: 4_000,
  /** Minimum ratio of the capacity, where it is known, to the bitrate of a higher rendition (iroh-live). */
  headroom: 1.2,
  /**
   * Duration of a probe, during which a higher rendition is read in addition to the current one, in milliseconds.
   * iroh-live uses 3 s; here the arrival of the probed rendition itself is the proof, so two seconds are enough.
   */
  probeMs: 2_000,
  /** Maximum duration of a probe, in milliseconds. The sender's congestion window grows within some round trips. */
  probeLimitMs: 4_000,
  /**
   * Share of a rendition's bitrate below which the rate of single large frames raises doubt. The rendition hardly fits
   * then, and its first keyframe alone would cause a queue, so the state must first be good for `doubtGoodMs`, in
   * milliseconds.
   */
  doubtShare: 0.5,
  doubtGoodMs: 16_000,
  /** Rise of the current rendition's queue that ends a probe, in milliseconds: half of `badQueueMs`. */
  probeQueueMs: 60,
  /**
   * The same limit in round trips, used if it is longer. A congestion window that grows to a larger rendition delays
   * everything.
   */
  probeQueueRoundTrips: 1,
  /** Pause after a failed probe of a rendition, in milliseconds (iroh-live). Each further failure doubles it. */
  coolDownMs: 8_000,
  /** Maximum pause after failed probes, in milliseconds: three doublings. */
  maxCoolDownMs: 64_000,
  /** Time within which a reverted step up counts as a failed probe, in milliseconds. */
  regretMs: 10_000,
  /**
   * Growth of the estimate that ends the pause after a failed probe early, as a factor. The pause is never shorter than
   * `afterDownMs`.
   */
  betterBy: 1.5,

  /**
   * Duration of a good state before the next probe of the fast climb, in milliseconds. The fast climb happens after the
   * start and after each success.
   */
  climbGoodMs: 400,
  /** Duration of a probe of the fast climb, in milliseconds. Start and climb together meet the goal of two seconds. */
  climbProbeMs: 700,
  /**
   * Headroom at the start if only the sender's estimate is known. A sender that has not sent anything yet only guesses
   * its window, and over a short round trip the resulting rate is far too high.
   */
  startHeadroom: 4,

  /**
   * Maximum time out of view after which the last rendition resumes, in milliseconds. Networks seldom change sooner.
   */
  againMs: 30_000,

  /**
   * Factor by which video may be enlarged before a larger rendition is worthwhile. A smaller factor is hardly visible.
   */
  enlarge: 1.15,
  /** Time for which sizes that overloaded the decoder are excluded, in milliseconds. Each repetition doubles it. */
  overloadMs: 30_000,
  maxOverloadMs: 480_000,
} as const;

/** Type of the policy's numbers. Tests may use other values. */
export type RenditionConfig = { readonly [K in keyof typeof RENDITION_CONFIG]: number };
