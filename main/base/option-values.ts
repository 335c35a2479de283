import { isIP } from 'node:net';
import { isLogLevel, type LogLevel, logLevels } from './log.ts';
import { redact } from './redact.ts';

/**
 * Thrown if the command line or the configuration file is invalid. The message names the option and the value. The
 * program then exits with status 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Thrown by a value parser. The message describes the accepted values, for example "a whole number of at least 1". */
export class InvalidValueError extends Error {
  override readonly name = 'InvalidValueError';
}

/** Parses the value of one option. @throws InvalidValueError if the value is not accepted */
export type ValueParser<T> = (text: string) => T;

/** Parses `ADDR:PORT`, with IPv6 addresses in brackets. Returns the text unchanged. @throws InvalidValueError */
export function socketAddress(text: string): string {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text);
  const [, six, four, portText] = match ?? [];
  const addressOk = six ? isIP(six) === 6 : isIP(four ?? '') === 4;
  if (!addressOk || !isPort(portText ?? '')) {
    throw new InvalidValueError('ADDR:PORT with an IP address, such as 0.0.0.0:4500 or [::1]:0');
  }
  return text;
}

/**
 * Parses `ADDR:PORT`, or one address of each IP version, separated by a comma. Returns the text unchanged.
 *
 * @throws InvalidValueError
 */
export function socketAddresses(text: string): string {
  const [first = '', second, ...more] = text.split(',');
  socketAddress(first);
  if (second === undefined) return text;
  if (more.length > 0 || first.startsWith('[') === socketAddress(second).startsWith('[')) {
    throw new InvalidValueError('one address of each IP version, such as 0.0.0.0:4500,[::]:4500');
  }
  return text;
}

/** Parses the iroh relay option: `default`, `disabled`, or an http(s) URL. @throws InvalidValueError */
export function irohRelay(text: string): string {
  if (text === 'default' || text === 'disabled') return text;
  if (!/^https?:\/\/[^/?#]/.test(text) || !URL.canParse(text)) {
    throw new InvalidValueError('an https:// or http:// URL, "default" or "disabled"');
  }
  return text;
}

/** Parses a port number from 0 to 65535. @throws InvalidValueError */
export function portNumber(text: string): number {
  if (!isPort(text)) throw new InvalidValueError('a number from 0 to 65535');
  return Number(text);
}

/** Parses a folder path. Returns the text unchanged. @throws InvalidValueError */
export function folder(text: string): string {
  if (text === '' || text.includes('\0')) throw new InvalidValueError('a folder');
  return text;
}

/** Creates a parser that accepts a fixed list of words. */
export function oneOf<const T extends string>(allowed: readonly T[]): ValueParser<T> {
  return (text) => {
    const found = allowed.find((word) => word === text);
    if (found === undefined) throw new InvalidValueError(allowed.join(' or '));
    return found;
  };
}

/**
 * Returns the log level from the environment variable `IROH_LIVE_LOG`; `info` if it is unset or empty.
 *
 * @throws UsageError if it is not a log level
 */
export function logLevelFromEnvironment(env: NodeJS.ProcessEnv): LogLevel {
  const text = env.IROH_LIVE_LOG || 'info';
  if (isLogLevel(text)) return text;
  throw invalidValue('$IROH_LIVE_LOG', text, logLevels.join(' or '));
}

/** Creates the error for an invalid value of an option or environment variable. */
export function invalidValue(option: string, value: string, accepted: string): UsageError {
  return new UsageError(`Option '${option}' cannot be "${excerpt(value)}": it takes ${accepted}`);
}

/** Shortens an invalid value for an error message: keeps only its start, on one line, without passwords and tokens. */
export function excerpt(value: string): string {
  const line = JSON.stringify(redact(value)).slice(1, -1);
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}
