/** How often it is looked, in milliseconds. */
const LOOK_MS = 1_000;
/** Looks in a row with frames arriving and none shown, after which the decoder is taken to have failed. */
const STUCK_LOOKS = 3;

/** Notices a decoder that takes frames and gives none: after a decoding error it would do so for good. */
export class StuckWatch {
  readonly #timer: ReturnType<typeof setInterval>;
  #arrived: number;
  #shown: number;
  #looks = 0;

  /** `arrived` and `shown` are totals. `onStuck` is called each time it gets stuck. */
  constructor(arrived: () => number, shown: () => number, onStuck: () => void) {
    this.#arrived = arrived();
    this.#shown = shown();
    this.#timer = setInterval(() => {
      const moved = arrived() !== this.#arrived;
      const stuck = moved && shown() === this.#shown;
      this.#arrived = arrived();
      this.#shown = shown();
      this.#looks = stuck ? this.#looks + 1 : 0;
      if (this.#looks < STUCK_LOOKS) return;
      this.#looks = 0;
      onStuck();
    }, LOOK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
