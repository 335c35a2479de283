import { log } from './log.ts';

/** The program's stdout: events for scripts with `--json`, text for users without it. */
export interface Output<Event> {
  /** Writes the event as one line of JSON if `--json` is given. */
  event(event: Event): void;
  /** Writes a line of text, unless `--json` is given. */
  text(line: string): void;
  /** Resolves when the output has been flushed, or after one second. Call it before the process exits. */
  flush(): Promise<void>;
}

/** How long a stalled reader of stdout can delay the exit, in milliseconds. */
const FLUSH_MS = 1_000;

/** The output on stdout. Nothing else in the program writes there while it runs. */
export function stdoutOutput<Event>(json: boolean): Output<Event> {
  // A closed pipe does not end the program, because its window is still open.
  process.stdout.on('error', (error) => log.debug('stdout is closed: %s', error.message));
  return {
    event: (event) => {
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    },
    text: (line) => {
      if (!json) process.stdout.write(`${line}\n`);
    },
    flush: () =>
      new Promise((done) => {
        const timer = setTimeout(done, FLUSH_MS);
        process.stdout.write('', () => {
          clearTimeout(timer);
          done();
        });
      }),
  };
}
