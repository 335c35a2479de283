/**
 * Spreads work that strangers cause over several turns of the event loop. Without this limit, a 256 KiB chunk
 * with a hundred thousand tiny messages would be processed in one turn and block the event loop for a second.
 */

/** Maximum number of units per turn. A unit takes up to 20 µs, so a turn takes a few milliseconds. */
const MAX_UNITS = 256;

/** Counts units of work, such as messages, and resets the count in each turn of the event loop. */
export class TurnLimit {
  readonly #maxUnits: number;
  #used = 0;
  #nextTurn: Promise<void> | undefined;

  constructor(maxUnits = MAX_UNITS) {
    this.#maxUnits = maxUnits;
  }

  /** Counts units of work in the current turn. Returns false if the turn has reached its limit. */
  tryTake(units = 1): boolean {
    if (this.#used >= this.#maxUnits) return false;
    this.#used += units;
    // Starts the next turn, which resets the count.
    void this.nextTurn();
    return true;
  }

  /** Counts units of work. If the current turn has reached its limit, waits for a later turn first. */
  async take(units = 1): Promise<void> {
    while (!this.tryTake(units)) await this.nextTurn();
  }

  /** Resolves when the next turn starts. */
  nextTurn(): Promise<void> {
    this.#nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#used = 0;
        this.#nextTurn = undefined;
        resolve();
      });
    });
    return this.#nextTurn;
  }
}

/** The limit that all streams and sockets of this process share. */
export const processTurn = new TurnLimit();
