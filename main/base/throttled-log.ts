/** Options of a `ThrottledLog`. */
export interface ThrottledLogOptions {
  write: (line: string) => void;
  /** How long a repeated line is counted instead of written, in milliseconds. Default: a minute. */
  windowMs?: number;
  /** Number of different lines per window. Further lines are only counted, all together. */
  maxLines?: number;
}

/** A minute: short enough to follow the log, and a flood adds only one line per minute. */
const WINDOW_MS = 60_000;
const MAX_LINES = 256;

/**
 * A log for events that strangers can cause repeatedly. Each line is written once per window, followed by the number of its
 * repetitions. The number of remembered lines is bounded.
 */
export class ThrottledLog {
  readonly #write: (line: string) => void;
  readonly #windowMs: number;
  readonly #maxLines: number;
  /** Repetitions of each line in this window. */
  readonly #counts = new Map<string, number>();
  /** Lines in this window that are not in `#counts`. */
  #others = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ write, windowMs = WINDOW_MS, maxLines = MAX_LINES }: ThrottledLogOptions) {
    this.#write = write;
    this.#windowMs = windowMs;
    this.#maxLines = maxLines;
  }

  /** Writes the line, or counts it if it was written within the window. */
  add(line: string): void {
    const count = this.#counts.get(line);
    if (count !== undefined) this.#counts.set(line, count + 1);
    else if (this.#counts.size < this.#maxLines) {
      this.#counts.set(line, 0);
      this.#write(line);
    } else this.#others += 1;
    this.#timer ??= setTimeout(() => this.#writeCounts(), this.#windowMs).unref();
  }

  /** Writes the remaining counts. */
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
