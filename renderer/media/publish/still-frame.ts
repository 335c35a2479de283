/** A source that stands still gives no frames; the last one is then sent again this often. In microseconds. */
const REPEAT_AFTER_US = 500_000;
/** A reader that waits for a picture is not made to wait for a change: two frames at 30 a second. In microseconds. */
const WAITED_FOR_US = 66_000;
const CHECK_MS = 33;

/** The last frame, given out again while the source gives no other. */
export class StillPicture {
  readonly #again: (frame: VideoFrame) => void;
  readonly #waitedFor: () => boolean;
  #last: VideoFrame | undefined;
  #shownUs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `again` is lent the frame with a new timestamp, in microseconds of media time. */
  constructor(again: (frame: VideoFrame) => void, waitedFor: () => boolean) {
    this.#again = again;
    this.#waitedFor = waitedFor;
  }

  /** The lent frame is the last one now. */
  keep(frame: VideoFrame): void {
    this.#last?.close();
    this.#last = frame.clone();
    this.#shownUs = frame.timestamp;
  }

  /** Repeats only while told to. */
  set running(running: boolean) {
    if (!running) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else this.#timer ??= setInterval(() => this.#check(), CHECK_MS);
  }

  /** Forgets the frame. */
  clear(): void {
    this.running = false;
    this.#last?.close();
    this.#last = undefined;
  }

  #check(): void {
    const last = this.#last;
    const nowUs = Math.round(performance.now() * 1000);
    const dueUs = this.#waitedFor() ? WAITED_FOR_US : REPEAT_AFTER_US;
    if (!last || nowUs - this.#shownUs < dueUs) return;
    const again = new VideoFrame(last, { timestamp: nowUs });
    this.#shownUs = nowUs;
    try {
      this.#again(again);
    } finally {
      again.close();
    }
  }
}
