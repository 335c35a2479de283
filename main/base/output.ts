import { errorCode } from './error-code.ts';
import { fileProblem } from './file-problem.ts';
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
 * The `Output` for stdout, which nothing else writes to. If the reader stops reading, only old `stats` events
 * are dropped, because they repeat every second.
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

/**
 * Writes the result of a command to stdout. Resolves once the text is written, or if the reader (such as
 * `head`) has closed the pipe.
 *
 * @throws Error with a message for the user, for example if the disk is full
 */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error || errorCode(error) === 'EPIPE') resolve();
      else reject(new Error(`The output cannot be written: ${fileProblem(error)}`, { cause: error }));
    });
  });
}
