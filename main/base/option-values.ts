import { isIP } from 'node:net';
import { isLogLevel, type LogLevel, logLevels } from './log.ts';
import { redact } from './redact.ts';

/** What options may hold, checked: for every command's options. */

/** The command line is wrong; the message names the option and the bad value. Exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `ADDR:PORT`, IPv6 in brackets. */
export function socketAddress(option: string, value: string): string {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(value);
  const [, six, four, portText] = match ?? [];
  const addressOk = six ? isIP(six) === 6 : isIP(four ?? '') === 4;
  if (!addressOk || !isPort(portText ?? '')) {
    bad(option, value, 'ADDR:PORT with an IP address, such as 0.0.0.0:4500 or [::1]:0');
  }
  return value;
}

/** `default`, `disabled` or an http(s) URL. */
export function irohRelay(value: string | undefined): string {
  if (value === undefined || value === 'default' || value === 'disabled') return value ?? 'default';
  if (!/^https?:\/\/[^/?#]/.test(value) || !isUrl(value)) {
    bad('--iroh-relay', value, 'an https:// or http:// URL, "default" or "disabled"');
  }
  return value;
}

export function logLevel(value: string | undefined, fallback: string | undefined): LogLevel {
  const text = value ?? (fallback || 'info');
  if (isLogLevel(text)) return text;
  return bad(value === undefined ? '$IROH_LIVE_LOG' : '--log-level', text, logLevels.join(', '));
}

function isUrl(text: string): boolean {
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}

export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

export function bad(option: string, value: string, wanted: string): never {
  throw new UsageError(`Option '${option}' cannot be "${excerpt(value)}": it takes ${wanted}`);
}

/** Enough of a bad value to recognise it by, on one line, and without passwords and tokens. */
export function excerpt(value: string): string {
  const line = JSON.stringify(redact(value)).slice(1, -1);
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
