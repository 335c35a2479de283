import { format } from 'node:util';
import { redact } from './redact.ts';

/** Levels of the log, most severe first. The log goes to stderr; stdout is reserved for `--json`. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
/** One of the levels of the log. */
export type LogLevel = (typeof logLevels)[number];

let threshold: LogLevel = 'info';

/** Sets the least severe level that is logged. The default is `info`. */
export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

/** Whether a text is the name of a level. */
export function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}

function write(level: LogLevel, message: string, details: readonly unknown[]): void {
  if (logLevels.indexOf(level) > logLevels.indexOf(threshold)) return;
  const time = new Date().toISOString().slice(11, 23);
  // A message may contain text from a peer. Indent its lines, so that none looks like a separate entry.
  const text = printable(redact(format(message, ...details))).replaceAll('\n', '\n  ');
  process.stderr.write(`${time} ${level.padEnd(5)} ${text}\n`);
}

/**
 * Escapes control characters for a terminal. Peers choose parts of the log (their names, their close reasons): these must
 * not move the cursor, ring the bell or change the window's title.
 */
export function printable(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The log. `details` are inserted into the message as by `util.format`. */
export const log = {
  error: (message: string, ...details: unknown[]): void => write('error', message, details),
  warn: (message: string, ...details: unknown[]): void => write('warn', message, details),
  info: (message: string, ...details: unknown[]): void => write('info', message, details),
  debug: (message: string, ...details: unknown[]): void => write('debug', message, details),
};

/**
 * Redirects `console` to the log, so that libraries cannot write to stdout. Returns a function that restores the console.
 *
 * Everything is logged at the debug level: libraries report even a disconnecting peer as an error. Relevant failures reach
 * this program as rejections, and it logs them itself.
 */
export function captureConsole(): () => void {
  // If the reader of stderr is gone, an unhandled 'error' event would be logged again and again.
  process.stderr.on('error', () => undefined);
  const original = { ...console };
  const to =
    (level: LogLevel) =>
    (...args: unknown[]): void =>
      write(level, '%s', [format(...args)]);
  Object.assign(console, {
    debug: to('debug'),
    log: to('debug'),
    info: to('debug'),
    trace: to('debug'),
    dir: to('debug'),
    table: to('debug'),
    warn: to('debug'),
    error: to('debug'),
  });
  return () => void Object.assign(console, original);
}
