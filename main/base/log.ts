import { format } from 'node:util';
import { printable } from './printable.ts';
import { redact } from './redact.ts';

/** Log levels, most severe first. The log goes to stderr; stdout is reserved for `--json`. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
/** A log level. */
export type LogLevel = (typeof logLevels)[number];

let threshold: LogLevel = 'info';

/** Sets the least severe level that is logged. The default is `info`. */
export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

/** Whether a string is the name of a log level. */
export function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}

function write(level: LogLevel, message: string, details: readonly unknown[]): void {
  if (logLevels.indexOf(level) > logLevels.indexOf(threshold)) return;
  const time = new Date().toISOString().slice(11, 23);
  // A message may contain text from a peer. All lines after the first are indented, so that none of them looks like a
  // separate log entry.
  const text = printable(redact(format(message, ...details))).replaceAll('\n', '\n  ');
  process.stderr.write(`${time} ${level.padEnd(5)} ${text}\n`);
}

/** The program's log. `details` are inserted into the message by `util.format`. */
export const log = {
  error: (message: string, ...details: unknown[]): void => write('error', message, details),
  warn: (message: string, ...details: unknown[]): void => write('warn', message, details),
  info: (message: string, ...details: unknown[]): void => write('info', message, details),
  debug: (message: string, ...details: unknown[]): void => write('debug', message, details),
};

/**
 * Redirects `console` to the log, because libraries must not write to stdout. Everything is logged at the
 * debug level, because libraries report even a disconnecting peer as an error. Returns a function that
 * restores `console`.
 */
export function captureConsole(): () => void {
  // If the reader of stderr has closed the pipe, every write fails. Without this listener, each error would be logged
  // and cause another one.
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
