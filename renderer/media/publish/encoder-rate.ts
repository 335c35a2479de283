/**
 * Share of the bitrate at which a keyframe is encoded. Chromium's software encoder for H.264 then makes it a quarter
 * to 40 % smaller, and spreads the missing detail over the following frames. A lower share saves hardly any more bytes,
 * but halves the bitrate of the next second (`bench/renditions/keyframes.ts`).
 */
const KEYFRAME_SHARE = 0.5;
/** A smaller relative change of the bitrate is not worth a new configuration. */
const MIN_CHANGE = 0.04;
/** Minimum time between two configurations, in milliseconds, unless the bitrate must fall by `URGENT_CHANGE`. */
const MIN_INTERVAL_MS = 200;
const URGENT_CHANGE = 0.15;

/**
 * Decides before each frame which bitrate to configure the encoder with. An encoder changes its bitrate without a
 * keyframe. Keyframes are encoded at a lower bitrate while the connection limits it, because a large keyframe fills
 * the connection's queue, and when the encoder starts, because a joining reader waits for the keyframe.
 */
export class EncoderRate {
  #fullBps: number;
  #limitBps = Number.POSITIVE_INFINITY;
  /** Undefined before the first frame. */
  #configuredBps: number | undefined;
  #configuredAtMs = Number.NEGATIVE_INFINITY;
  /** Whether the last frame was a keyframe at a lower bitrate. */
  #restore = false;

  /** @param fullBps the bitrate without a limit, in bits per second */
  constructor(fullBps: number) {
    this.#fullBps = fullBps;
  }

  /** The bitrate to encode at, apart from keyframes, in bits per second. */
  get targetBps(): number {
    return Math.min(this.#fullBps, this.#limitBps);
  }

  /** Sets the bitrate without a limit. The encoder must have been configured with it. */
  setFull(bps: number): void {
    this.#fullBps = bps;
  }

  /** Sets the bitrate that the connection carries. */
  setLimit(bps: number): void {
    this.#limitBps = bps;
  }

  /** Forgets the encoder, because it has been closed. The limit stays. */
  restart(): void {
    this.#configuredBps = undefined;
    this.#restore = false;
  }

  /**
   * Returns the bitrate with which the encoder must be configured before the next frame, in bits per second. Null
   * if it stays as it is.
   */
  next(nowMs: number, keyframe: boolean): number | null {
    const target = this.targetBps;
    const starting = this.#configuredBps === undefined;
    const reduced = keyframe && (starting || target < this.#fullBps);
    const wanted = Math.round(reduced ? target * KEYFRAME_SHARE : target);
    const configured = this.#configuredBps ?? 0;
    const change = (wanted - configured) / Math.max(1, configured);
    const due = nowMs - this.#configuredAtMs >= MIN_INTERVAL_MS || change <= -URGENT_CHANGE;
    if (!starting && !reduced && !this.#restore && (!due || Math.abs(change) < MIN_CHANGE)) return null;
    this.#restore = reduced;
    if (wanted === configured) return null;
    this.#configuredBps = wanted;
    this.#configuredAtMs = nowMs;
    return wanted;
  }
}
