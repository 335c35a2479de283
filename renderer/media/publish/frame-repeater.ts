import { startWorkerInterval } from '../sources/worker-interval.ts';

/** Interval at which the last frame is repeated while a static screen produces no frames, in microseconds. */
const REPEAT_AFTER_US = 500_000;
/**
 * How long after a keyframe request the last frame is repeated if the source produces no new frame, in
 * microseconds: two frame intervals at 30 frames per second.
 */
const REPEAT_ON_REQUEST_AFTER_US = 66_000;
const CHECK_INTERVAL_MS = 33;

/**
 * Repeats the last frame while the source produces none, so that new viewers get a keyframe of a static
 * screen. Works in hidden pages, too.
 */
export class FrameRepeater {
  readonly #repeat: (frame: VideoFrame) => void;
  readonly #keyframeRequested: () => boolean;
  #last: VideoFrame | undefined;
  #sentUs = Number.NEGATIVE_INFINITY;
  #stopTimer: (() => void) | undefined;

  /**
   * @param repeat receives the last frame, stamped with the current media time, and must not keep it
   * @param keyframeRequested returns whether a reader is waiting for a keyframe
   */
  constructor(repeat: (frame: VideoFrame) => void, keyframeRequested: () => boolean) {
    this.#repeat = repeat;
    this.#keyframeRequested = keyframeRequested;
  }

  /** Stores a copy of a new frame from the source. */
  keep(frame: VideoFrame): void {
    this.#last?.close();
    this.#last = frame.clone();
    this.#sentUs = frame.timestamp;
  }

  /** Starts or stops repeating. */
  set running(running: boolean) {
    if (!running) {
      this.#stopTimer?.();
      this.#stopTimer = undefined;
    } else this.#stopTimer ??= startWorkerInterval(CHECK_INTERVAL_MS, () => this.#check());
  }

  /** Stops repeating and releases the frame. */
  clear(): void {
    this.running = false;
    this.#last?.close();
    this.#last = undefined;
  }

  #check(): void {
    const last = this.#last;
    const nowUs = Math.round(performance.now() * 1000);
    const repeatAfterUs = this.#keyframeRequested() ? REPEAT_ON_REQUEST_AFTER_US : REPEAT_AFTER_US;
    if (!last || nowUs - this.#sentUs < repeatAfterUs) return;
    const copy = new VideoFrame(last, { timestamp: nowUs });
    this.#sentUs = nowUs;
    try {
      this.#repeat(copy);
    } finally {
      copy.close();
    }
  }
}
