import { LineQueue } from './line-queue.ts';
import { log } from './log.ts';
import { printable, printableJson } from './printable.ts';

/** Writes to the program's stdout: JSON events if `--json` is given, otherwise text for users. */
export interface Output<Event> {
  /** Writes the event as one line of JSON. Does nothing without `--json`. */
  event(event: Event): void;
  /** Writes a line of text. Does nothing with `--json`. */
  text(line: string): void;
  /** Resolves when all output has been flushed, or after one second. Call it before the process exits. */
  flush(): Promise<void>;
}

/** Maximum time that a stalled reader of stdout can delay the exit, in milliseconds. */
const FLUSH_MS = 1_000;

/**
 * The `Output` for stdout. While the program runs, nothing else writes to stdout. If the reader stops reading, old `stats`
 * events are dropped, because they repeat every second. No other events are dropped.
 */
export function stdoutOutput<Event extends { event: string }>(json: boolean): Output<Event> {
  const queue = new LineQueue(process.stdout);
  // Keep running when the stdout pipe closes: the window may still be open.
  process.stdout.on('error', (error) => {
    log.debug('stdout is closed: %s', error.message);
    queue.close();
  });
  return {
    event: (event) => {
      if (json) queue.add(`${printableJson(event)}\n`, event.event === 'stats');
    },
    text: (line) => {
      if (!json) queue.add(`${printable(line)}\n`, false);
    },
    flush: () =>
      new Promise((done) => {
        const timer = setTimeout(done, FLUSH_MS);
        queue.flush();
        process.stdout.write('', () => {
          clearTimeout(timer);
          done();
        });
      }),
  };
}
