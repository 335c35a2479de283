/** Options for `ThrottledLog`. */
export interface ThrottledLogOptions {
  write: (line: string) => void;
  /**
   * Length of a window, in milliseconds. Within a window, repetitions of a line are counted instead of written.
   * Defaults to one minute.
   */
  windowMs?: number;
  /** Maximum number of different lines that are written per window. All further lines share one counter. */
  maxLines?: number;
}

/**
 * One minute is short enough to follow events in the log, and long enough that a flood of events adds only one line
 * per minute.
 */
const WINDOW_MS = 60_000;
const MAX_LINES = 256;

/**
 * A log for events that strangers can trigger repeatedly. Each line is written once per window, followed by
 * its number of repetitions. The number of remembered lines is limited.
 */
export class ThrottledLog {
  readonly #write: (line: string) => void;
  readonly #windowMs: number;
  readonly #maxLines: number;
  /** Number of repetitions of each line in the current window. */
  readonly #counts = new Map<string, number>();
  /** Number of lines that were not written in the current window, because `maxLines` had been reached. */
  #others = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ write, windowMs = WINDOW_MS, maxLines = MAX_LINES }: ThrottledLogOptions) {
    this.#write = write;
    this.#windowMs = windowMs;
    this.#maxLines = maxLines;
  }

  /** Writes the line, or only counts it if it was already written within the current window. */
  add(line: string): void {
    const count = this.#counts.get(line);
    if (count !== undefined) this.#counts.set(line, count + 1);
    else if (this.#counts.size < this.#maxLines) {
      this.#counts.set(line, 0);
      this.#write(line);
    } else this.#others += 1;
    this.#timer ??= setTimeout(() => this.#writeCounts(), this.#windowMs).unref();
  }

  /** Writes the pending counts. */
  close(): void {
    clearTimeout(this.#timer);
    this.#writeCounts();
  }

  #writeCounts(): void {
    this.#timer = undefined;
    for (const [line, count] of this.#counts) {
      if (count > 0) this.#write(`${line} (repeated ${count} times)`);
    }
    if (this.#others > 0) this.#write(`and ${this.#others} further lines`);
    this.#counts.clear();
    this.#others = 0;
  }
}
