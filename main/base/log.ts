import { format } from 'node:util';
import { redact } from './redact.ts';

/**
 * The log: lines on stderr, never on stdout, which belongs to `--json`.
 */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

let threshold: LogLevel = 'info';

/** Lines above this level are dropped. The default is `info`. */
export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

export function isLogLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}

function write(level: LogLevel, message: string, details: readonly unknown[]): void {
  if (logLevels.indexOf(level) > logLevels.indexOf(threshold)) return;
  const time = new Date().toISOString().slice(11, 23);
  // A line that somebody else chose must not pass for an entry of its own.
  const text = printable(redact(format(message, ...details))).replaceAll('\n', '\n  ');
  process.stderr.write(`${time} ${level.padEnd(5)} ${text}\n`);
}

/**
 * A text for a terminal. Peers choose some of what is logged (why they closed, what they are called): their control
 * characters must not move the cursor, ring the bell or retitle the window.
 */
export function printable(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** `details` are formatted as `util.format` does. */
export const log = {
  error: (message: string, ...details: unknown[]): void => write('error', message, details),
  warn: (message: string, ...details: unknown[]): void => write('warn', message, details),
  info: (message: string, ...details: unknown[]): void => write('info', message, details),
  debug: (message: string, ...details: unknown[]): void => write('debug', message, details),
};

/**
 * Sends what libraries say through `console` to the log, so that it cannot land on stdout. Returns a function that
 * puts the console back.
 *
 * Libraries use it for their own diagnostics, and call it an error when a peer leaves in the middle of something. What
 * matters of that reaches this program as a rejection or an end, and is told in its own words: theirs count as debug.
 */
export function captureConsole(): () => void {
  // When whoever reads the log has gone, an error without a listener would be a fault to log, for ever.
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
