import type { Writable } from 'node:stream';

/** Maximum number of queued statistics lines. One connection produces this many in ten minutes. */
export const MAX_FIGURES = 600;

interface Line {
  text: string;
  isFigure: boolean;
}

/**
 * Writes lines to a stream whose reader may stall, and queues them while the stream is full. Only statistics
 * lines are dropped, oldest first. Other lines need no limit here, because their sources write only a limited
 * number of them.
 */
export class LineQueue {
  readonly #stream: Writable;
  #waiting: Line[] = [];
  #figures = 0;
  #closed = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => this.#write());
  }

  /** Writes a line, or queues it while the stream is full. Does nothing after `close`. */
  add(text: string, isFigure: boolean): void {
    if (this.#closed) return;
    this.#waiting.push({ text, isFigure });
    if (isFigure) this.#figures += 1;
    this.#write();
    if (this.#figures <= MAX_FIGURES) return;
    this.#waiting.splice(
      this.#waiting.findIndex((line) => line.isFigure),
      1,
    );
    this.#figures -= 1;
  }

  /** Passes all queued lines to the stream, even if it is full. Call it before the process exits. */
  flush(): void {
    const lines = this.#waiting.splice(0);
    this.#figures = 0;
    for (const { text } of lines) this.#stream.write(text);
  }

  /** Drops the queued lines because the stream has closed. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#figures = 0;
  }

  #write(): void {
    let written = 0;
    while (written < this.#waiting.length && !this.#stream.writableNeedDrain) {
      const line = this.#waiting[written];
      if (line?.isFigure) this.#figures -= 1;
      this.#stream.write(line?.text ?? '');
      written += 1;
    }
    this.#waiting.splice(0, written);
  }
}
