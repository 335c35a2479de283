/** Interval between checks, in milliseconds. */
const CHECK_MS = 1_000;
/** Number of consecutive checks with input but no output after which the decoder counts as stuck. */
const STUCK_CHECKS = 3;

/** Detects a decoder that accepts frames but outputs none. A decoding error can cause this. */
export class DecoderWatchdog {
  readonly #timer: ReturnType<typeof setInterval>;
  #fed: number;
  #decoded: number;
  #stuckChecks = 0;

  /**
   * @param fed returns the total number of frames that entered the decoder
   * @param decoded returns the total number of frames that it output
   * @param onStuck runs each time the decoder gets stuck
   */
  constructor(fed: () => number, decoded: () => number, onStuck: () => void) {
    this.#fed = fed();
    this.#decoded = decoded();
    this.#timer = setInterval(() => {
      const hadInput = fed() !== this.#fed;
      const stuck = hadInput && decoded() === this.#decoded;
      this.#fed = fed();
      this.#decoded = decoded();
      this.#stuckChecks = stuck ? this.#stuckChecks + 1 : 0;
      if (this.#stuckChecks < STUCK_CHECKS) return;
      this.#stuckChecks = 0;
      onStuck();
    }, CHECK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
