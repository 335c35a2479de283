/**
 * All parameters of the rendition policy. For values that were taken from elsewhere, the comment gives the
 * source.
 */
export const RENDITION_CONFIG = {
  /** Interval between evaluations of the policy, in milliseconds (iroh-live). */
  checkEveryMs: 200,

  /** How long the connection must be bad before a step down, in milliseconds (iroh-live). */
  badMs: 500,
  /**
   * Share of the measured capacity that a rendition may use. iroh-live uses 0.85 of a congestion window, a
   * less precise measure.
   */
  fillShare: 0.9,
  /**
   * Queue length at which the connection is bad, in milliseconds: above Wi-Fi jitter (tens of milliseconds)
   * and below the delay that disturbs a conversation (150 ms). iroh-live uses 10 % packet loss instead, but a
   * deep buffer causes delay without loss.
   */
  badQueueMs: 120,
  /**
   * How long frames must be late without a queue before the connection is bad, in milliseconds. Consecutive
   * losses delay frames for less than that (measured: 1 s at 2 % loss and a round-trip time of 50 ms).
   */
  lateMs: 1_500,
  /**
   * A queue that shrinks by this much within `trendMs`, in milliseconds, is draining and needs no further
   * step down.
   */
  fallingQueueMs: 20,
  trendMs: 400,

  /**
   * If a queue is growing and the capacity is below this share of the needed bitrate, the policy steps down
   * immediately.
   */
  emergencyShare: 0.8,
  /**
   * Minimum queue at which the policy steps down immediately, in milliseconds. At this length, the video is
   * visibly late.
   */
  emergencyQueueMs: 300,
  /**
   * Queue length above which data is also waiting in network buffers, in milliseconds. In an emergency, the
   * next rendition may then use only `drainShare` of the capacity, so that the buffers drain. iroh-live
   * selects the lowest rendition instead.
   */
  drainQueueMs: 600,
  drainShare: 0.6,
  /**
   * How long data in flight can keep arriving after a switch or a failed probe, in milliseconds. During this
   * time, only an emergency after a switch causes a step down.
   */
  settleMs: 1_000,

  /**
   * How long the policy waits for a publisher to reduce the bitrate of the current rendition before it steps
   * down, in milliseconds: the publisher notices within half a second, and a queue of 300 ms then drains within
   * a second.
   */
  followMs: 2_000,
  /** How long the connection must not be bad before the next wait starts from zero, in milliseconds. */
  followClearMs: 1_000,
  /**
   * How long the policy does not wait for a publisher that has failed to reduce the bitrate, in milliseconds. The
   * time doubles with each failure.
   */
  distrustMs: 30_000,
  maxDistrustMs: 480_000,

  /**
   * Maximum time for a newly selected rendition to appear, in milliseconds. Until then, late frames of the
   * old one are ignored. On a connection that has just become slow, the first keyframe takes about one
   * second.
   */
  arriveMs: 2_000,

  /**
   * How long the connection must be good before a higher rendition is probed, in milliseconds (iroh-live).
   */
  goodMs: 4_000,
  /**
   * Cool-down after a step down, in milliseconds (iroh-live). During the cool-down, no higher rendition is
   * probed, and only an emergency causes a further step down.
   */
  afterDownMs: 4_000,
  /** Minimum ratio of the capacity, if known, to the bitrate of a higher rendition (iroh-live). */
  headroom: 1.2,
  /**
   * How long a probe reads a higher rendition in addition to the current one, in milliseconds. iroh-live uses
   * 3 s; 2 s is enough here, because the policy checks whether the rendition arrives on time.
   */
  probeMs: 2_000,
  /**
   * Maximum duration of a probe, in milliseconds. The sender's congestion window grows within a few round
   * trips, so a longer probe is pointless.
   */
  probeLimitMs: 4_000,
  /**
   * A rendition is doubtful if large frames arrive at less than this fraction of its bitrate. Its first
   * keyframe alone would cause a queue, so it is probed only after the connection has been good for
   * `doubtGoodMs`.
   */
  doubtShare: 0.5,
  doubtGoodMs: 16_000,
  /**
   * A probe fails if the current rendition's queue grows by this much, in milliseconds: half of `badQueueMs`.
   */
  probeQueueMs: 60,
  /**
   * The same limit as `probeQueueMs` in round trips; the larger limit applies. While the congestion window
   * grows for a larger rendition, all data is delayed.
   */
  probeQueueRoundTrips: 1,
  /**
   * Pause between a failed probe of a rendition and the next one, in milliseconds (iroh-live). Each further
   * failure doubles it.
   */
  coolDownMs: 8_000,
  /** Maximum pause after failed probes, in milliseconds: three doublings. */
  maxCoolDownMs: 64_000,
  /** A step down that follows a step up within this time, in milliseconds, is treated as a failed probe. */
  regretMs: 10_000,
  /**
   * The pause after a failed probe ends early if the burst rate has grown by this factor. The pause is never
   * shorter than `afterDownMs`.
   */
  betterBy: 1.5,

  /**
   * How long the connection must be good before the next probe of a fast climb, in milliseconds. A fast climb
   * begins at the start and after each successful probe.
   */
  climbGoodMs: 400,
  /**
   * Duration of a probe during a fast climb, in milliseconds. It is short enough for the start and the entire
   * climb to take at most two seconds.
   */
  climbProbeMs: 700,
  /**
   * Headroom required at the start if only the sender's estimate is known. Before it has sent anything, the
   * sender can only guess, and at short round-trip times the guess is far too high.
   */
  startHeadroom: 4,

  /** A video that was out of view for less than this, in milliseconds, resumes with its last rendition. */
  againMs: 30_000,

  /**
   * Factor by which video may be enlarged before a larger rendition is used. Viewers hardly notice less
   * enlargement than this.
   */
  enlarge: 1.15,
  /**
   * How long sizes that overloaded the decoder are excluded, in milliseconds. The time doubles each time the
   * overload recurs.
   */
  overloadMs: 30_000,
  maxOverloadMs: 480_000,
} as const;

/** Type of the policy's numbers. Tests can use other values. */
export type RenditionConfig = { readonly [K in keyof typeof RENDITION_CONFIG]: number };
