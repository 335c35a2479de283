/**
 * For what strangers can cause again and again: told once in a while for each of them and each reason, with how often
 * it happened. What is remembered is bounded, whoever they are.
 */
export interface QuietLogOptions {
  tell: (line: string) => void;
  /** How long the same is not told again, in milliseconds; a minute by default. */
  windowMs?: number;
  /** How many different ones are told apart; all others count together. */
  most?: number;
}

/** A minute: a person who looks at the log sees what goes on, and a flood is a line a minute. */
const WINDOW_MS = 60_000;
const MOST = 256;

export class QuietLog {
  readonly #tell: (line: string) => void;
  readonly #windowMs: number;
  readonly #most: number;
  readonly #counts = new Map<string, number>();
  #others = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ tell, windowMs = WINDOW_MS, most = MOST }: QuietLogOptions) {
    this.#tell = tell;
    this.#windowMs = windowMs;
    this.#most = most;
  }

  /** Tells the line, unless it was told within the window. */
  add(line: string): void {
    const count = this.#counts.get(line);
    if (count !== undefined) this.#counts.set(line, count + 1);
    else if (this.#counts.size < this.#most) {
      this.#counts.set(line, 0);
      this.#tell(line);
    } else this.#others += 1;
    this.#timer ??= setTimeout(() => this.#sum(), this.#windowMs).unref();
  }

  /** Tells what was counted and not told yet. */
  close(): void {
    clearTimeout(this.#timer);
    this.#sum();
  }

  #sum(): void {
    this.#timer = undefined;
    for (const [line, count] of this.#counts) if (count > 0) this.#tell(`${line} (${count} times more)`);
    if (this.#others > 0) this.#tell(`and ${this.#others} more of that kind`);
    this.#counts.clear();
    this.#others = 0;
  }
}
