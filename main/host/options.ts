import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../common/errors.ts';
import { isLogLevel, type LogLevel, logLevels } from '../log.ts';
import { defaultDataDir } from './paths.ts';

export const hostNames = ['electron', 'browser'] as const;
export type HostName = (typeof hostNames)[number];

export const autostartSources = ['test', 'camera', 'screen', 'call'] as const;
export type AutostartSource = (typeof autostartSources)[number];

/** The command line, checked. */
export interface RunOptions {
  /** Absolute. */
  dataDir: string;
  /** Null: choose. */
  host: HostName | null;
  /** TCP, on 127.0.0.1; 0 for a free one. */
  port: number;
  open: boolean;
  /** `ADDR:PORT`, IPv6 in brackets. Undefined: a free port on all addresses. */
  irohBind: string | undefined;
  /** `default`, `disabled` or an http(s) URL. */
  irohRelay: string;
  autostart: AutostartSource | null;
  /** Whether every caller is let in at once. */
  autoAccept: boolean;
  json: boolean;
  /** `stats` events, one a second and peer. */
  stats: boolean;
  logLevel: LogLevel;
  /** As typed: the application parses it. */
  ticket: string | null;
}

export type Command =
  | { kind: 'help' }
  | { kind: 'version' }
  | { kind: 'ticket'; ticket: string; json: boolean }
  | { kind: 'run'; options: RunOptions };

/** The command line is wrong; the message names the option and the bad value. Exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const definition = {
  'data-dir': { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'no-open': { type: 'boolean' },
  'iroh-bind': { type: 'string' },
  'iroh-relay': { type: 'string' },
  autostart: { type: 'string' },
  'auto-accept': { type: 'boolean' },
  json: { type: 'boolean' },
  stats: { type: 'boolean' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** Every option of the command line, without its dashes. */
export const optionNames: readonly string[] = Object.keys(definition);

/**
 * Parses the arguments after the program's name.
 *
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Command {
  const { values, positionals } = parse(args);
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const json = values.json ?? false;
  if (positionals[0] === 'ticket') return ticketCommand(positionals, values, json);
  if (positionals.length > 1) {
    throw new UsageError(
      `Only one ticket can be opened at a time: "${excerpt(positionals[1] ?? '')}" is one too many`,
    );
  }
  const level = logLevel(values['log-level'], env.IROH_LIVE_LOG);
  return {
    kind: 'run',
    options: {
      dataDir: dataDir(values['data-dir'], env),
      host: oneOf('--host', values.host, hostNames),
      port: port(values.port),
      open: !(values['no-open'] ?? false),
      irohBind: irohBind(values['iroh-bind']),
      irohRelay: irohRelay(values['iroh-relay']),
      autostart: oneOf('--autostart', values.autostart, autostartSources),
      autoAccept: values['auto-accept'] ?? false,
      json,
      stats: values.stats ?? false,
      logLevel: level,
      ticket: positionals[0] ?? null,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definition, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's messages name the option; what follows the first sentence is advice about `--`, which does not fit.
    const [first = ''] = messageOf(error).split(/\. |\n/);
    throw new UsageError(first, { cause: error });
  }
}

function ticketCommand(positionals: string[], values: Record<string, unknown>, json: boolean): Command {
  const other = Object.keys(values).find((name) => name !== 'json' && name !== 'log-level');
  if (other) throw new UsageError(`Option '--${other}' does not belong to the command "ticket"`);
  const [, ticket, extra] = positionals;
  if (ticket === undefined) throw new UsageError('The command "ticket" needs a ticket after it');
  if (extra !== undefined) {
    throw new UsageError(`The command "ticket" takes one ticket: "${excerpt(extra)}" is one too many`);
  }
  return { kind: 'ticket', ticket, json };
}

function dataDir(value: string | undefined, env: NodeJS.ProcessEnv): string {
  if (value === undefined) return defaultDataDir(process.platform, env);
  if (value === '' || value.includes('\0')) bad('--data-dir', value, 'a folder');
  return resolve(value);
}

function port(value: string | undefined): number {
  if (value === undefined) return 0;
  if (!isPort(value)) bad('--port', value, 'a number from 0 to 65535');
  return Number(value);
}

function irohBind(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(value);
  const [, six, four, portText] = match ?? [];
  const addressOk = six ? isIP(six) === 6 : isIP(four ?? '') === 4;
  if (!addressOk || !isPort(portText ?? '')) {
    bad('--iroh-bind', value, 'ADDR:PORT with an IP address, such as 0.0.0.0:4500 or [::1]:0');
  }
  return value;
}

function irohRelay(value: string | undefined): string {
  if (value === undefined || value === 'default' || value === 'disabled') return value ?? 'default';
  if (!/^https?:\/\/[^/?#]/.test(value) || !isUrl(value)) {
    bad('--iroh-relay', value, 'an https:// or http:// URL, "default" or "disabled"');
  }
  return value;
}

function logLevel(value: string | undefined, fallback: string | undefined): LogLevel {
  const text = value ?? (fallback || 'info');
  if (isLogLevel(text)) return text;
  return bad(value === undefined ? '$IROH_LIVE_LOG' : '--log-level', text, logLevels.join(', '));
}

function oneOf<T extends string>(option: string, value: string | undefined, allowed: readonly T[]): T | null {
  if (value === undefined) return null;
  return allowed.find((one) => one === value) ?? bad(option, value, allowed.join(' or '));
}

function isUrl(text: string): boolean {
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

function bad(option: string, value: string, wanted: string): never {
  throw new UsageError(`Option '${option}' cannot be "${excerpt(value)}": it takes ${wanted}`);
}

/** Enough of a bad value to recognise it by, on one line. */
function excerpt(value: string): string {
  const line = JSON.stringify(value).slice(1, -1);
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
