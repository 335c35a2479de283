import type { JsonEvent } from '../app/json-events.ts';
import { log } from './log.ts';

export interface Output<Event = JsonEvent> {
  /** Writes the event as one line, when `--json` asked for it. */
  event(event: Event): void;
  /** Writes text for a person, when `--json` did not. */
  text(line: string): void;
  /** Settles when what was written has left the process, or after a second; for use before exiting. */
  flush(): Promise<void>;
}

/** How long a reader that does not read may hold up the exit. */
const FLUSH_MS = 1_000;

/** Stdout, as one object: nothing else writes there. */
export function stdoutOutput<Event = JsonEvent>(json: boolean): Output<Event> {
  // A reader that went away is no reason to end: the window is still there.
  process.stdout.on('error', (error) => log.debug('stdout is gone: %s', error.message));
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
