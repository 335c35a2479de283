/** How often it is looked, in milliseconds. */
const LOOK_MS = 1_000;
/** Looks in a row with frames going in and none coming out, after which the decoder is taken to have failed. */
const STUCK_LOOKS = 3;

/** Notices a decoder that takes frames and gives none: after a decoding error it would do so for good. */
export class StuckWatch {
  readonly #timer: ReturnType<typeof setInterval>;
  #fed: number;
  #decoded: number;
  #looks = 0;

  /** `fed` and `decoded` are totals. `onStuck` is called each time it gets stuck. */
  constructor(fed: () => number, decoded: () => number, onStuck: () => void) {
    this.#fed = fed();
    this.#decoded = decoded();
    this.#timer = setInterval(() => {
      const moved = fed() !== this.#fed;
      const stuck = moved && decoded() === this.#decoded;
      this.#fed = fed();
      this.#decoded = decoded();
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
