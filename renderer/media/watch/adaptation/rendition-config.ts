/** Every number that the choice of renditions goes by, and where it comes from. */
export const RENDITION_CONFIG = {
  /** How often the choice is looked at, in milliseconds (iroh-live). */
  checkEveryMs: 200,

  /** A state that is bad for this long makes it go down, in milliseconds (iroh-live). */
  badMs: 500,
  /**
   * A rendition may take this share of what the link carries. iroh-live has 0.85, of a congestion window; what came while
   * a queue grew is the link itself.
   */
  fillShare: 0.9,
  /**
   * Delay above the link's own that counts as a queue, in milliseconds. iroh-live goes by loss (10 %); a deep buffer
   * shows none, but delay. Above the jitter of Wi-Fi (some tens), below what disturbs a conversation (150).
   */
  badQueueMs: 120,
  /**
   * Frames that come too late without a queue are bad from this time on, in milliseconds: losses in a row and the small
   * window that they leave to the sender are over sooner (1 s measured at 2 % loss and 50 ms).
   */
  lateMs: 1_500,
  /** A queue that shrank by this much within `trendMs` is being worked off: no reason to go down further. */
  fallingQueueMs: 20,
  trendMs: 400,

  /** Going down at once, without waiting: a queue that grows while the link brings less than this share of the need. */
  emergencyShare: 0.8,
  /** The same at this queue, in milliseconds: what is shown is already visibly late. */
  emergencyQueueMs: 300,
  /**
   * In an emergency what fits the link, as it was just measured, is gone to at once. What waits at the sender goes with
   * the rendition that is left, but above this queue, in milliseconds, the link's own buffer is part of it: then the next
   * rendition takes at most `drainShare` of the link, so that the queue goes away soon. iroh-live takes the lowest.
   */
  drainQueueMs: 600,
  drainShare: 0.6,
  /**
   * After a switch or a failed probe what was on its way before still comes, for this long, in milliseconds: until then
   * only a queue that grows counts.
   */
  settleMs: 1_000,

  /**
   * The rendition that was gone to has this long to be shown, in milliseconds: what is shown until then is late, and says
   * nothing of it. Over a link that just became slow its first key frame takes about one second.
   */
  arriveMs: 2_000,

  /** A state must be good for this long before a higher rendition is tried, in milliseconds (iroh-live). */
  goodMs: 4_000,
  /**
   * The cool-down after a step down, in milliseconds (iroh-live): nothing higher is tried for this long, and nothing
   * lower is gone to unless it is an emergency.
   */
  afterDownMs: 4_000,
  /** What a higher rendition needs must fit this many times into the link, where that is known (iroh-live). */
  headroom: 1.2,
  /**
   * How long a higher rendition is read beside the current one, in milliseconds. iroh-live takes 3 s; here the
   * rendition's own arrival is the proof, which two seconds show.
   */
  probeMs: 2_000,
  /** The longest that it may take to arrive in time, in milliseconds: a sender's window grows within some round trips. */
  probeLimitMs: 4_000,
  /**
   * Where single large frames come slower than this share of what a rendition needs, it hardly fits, and its first key
   * frame alone would make a queue: then the state must be good for `doubtGoodMs` first, in milliseconds.
   */
  doubtShare: 0.5,
  doubtGoodMs: 16_000,
  /** A probe ends when what is playing queues this much more than before, in milliseconds: half of `badQueueMs`. */
  probeQueueMs: 60,
  /** And by so many round trips: a sender's window that grows into a larger rendition holds everything up that long. */
  probeQueueRoundTrips: 1,
  /** After a failed probe the same rendition is not tried for this long (iroh-live), doubled at each further failure. */
  coolDownMs: 8_000,
  /** The longest such pause, in milliseconds: three doublings. */
  maxCoolDownMs: 64_000,
  /** A rendition that must be left within this time after going up to it had not fitted: its probe failed after all. */
  regretMs: 10_000,
  /** A pause of a failed probe ends early when the estimate has grown by this factor since that probe, but not within
   * `afterDownMs`. */
  betterBy: 1.5,

  /** Soon after the start, and after each success, it goes up faster: good for this long, in milliseconds … */
  climbGoodMs: 400,
  /** … and tried for this long: with the first picture, both fit into the two seconds in which it should be up. */
  climbProbeMs: 700,
  /**
   * Nothing measured yet, the sender's window alone: it begins at what fits this often into it. The window of a sender
   * that has sent nothing is a guess, over a short round trip a bold one.
   */
  startHeadroom: 4,

  /** Hidden for no longer than this, in milliseconds, it goes on with what it had: links seldom change sooner. */
  againMs: 30_000,

  /** A picture may be enlarged by this much before a larger rendition is worth it: less is hardly seen. */
  enlarge: 1.15,
  /** After the decoder was too slow nothing of that size is tried for this long, in milliseconds; doubled each time. */
  overloadMs: 30_000,
  maxOverloadMs: 480_000,
} as const;

export type RenditionConfig = { readonly [K in keyof typeof RENDITION_CONFIG]: number };
