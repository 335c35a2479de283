import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../../common/base/errors.ts';
import { LONGEST_LATENCY_MS, MAX_TRACK_CHARS } from '../../../common/bridge/bridge.ts';
import { AUTO, type Resolution, resolutions } from '../../../common/bridge/renditions.ts';
import type { LogLevel } from '../../base/log.ts';
import {
  bad,
  excerpt,
  irohRelay,
  isPort,
  logLevel,
  socketAddress,
  UsageError,
} from '../../base/option-values.ts';
import { defaultDataDir } from '../../base/paths.ts';
import { parseRelay, type RelayCommand } from '../../relay/cli/options.ts';

export { UsageError };

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
  /** What players begin with: `auto` or a track's name. */
  rendition: string;
  /** Nothing larger is sent or watched; null: as the setting says. */
  maxResolution: Resolution | null;
  /** The jitter buffer of players; null: as the setting says. */
  latencyMs: number | null;
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
  | RelayCommand
  | { kind: 'run'; options: RunOptions };

const definition = {
  'data-dir': { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'no-open': { type: 'boolean' },
  'iroh-bind': { type: 'string' },
  'iroh-relay': { type: 'string' },
  autostart: { type: 'string' },
  'auto-accept': { type: 'boolean' },
  rendition: { type: 'string' },
  'max-resolution': { type: 'string' },
  'latency-ms': { type: 'string' },
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
  if (args[0] === 'relay') return parseRelay(args.slice(1), env);
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
      rendition: rendition(values.rendition),
      maxResolution: oneOf('--max-resolution', values['max-resolution'], resolutions),
      latencyMs: latencyMs(values['latency-ms']),
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

function rendition(value: string | undefined): string {
  if (value === undefined) return AUTO;
  if (value === '' || value.length > MAX_TRACK_CHARS || /\p{Cc}/u.test(value)) {
    bad('--rendition', value, '"auto" or the name of a track, such as video/h264-720p');
  }
  return value;
}

function latencyMs(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (!/^\d{1,5}$/.test(value) || Number(value) > LONGEST_LATENCY_MS) {
    bad('--latency-ms', value, `a number of milliseconds from 0 to ${LONGEST_LATENCY_MS}`);
  }
  return Number(value);
}

function irohBind(value: string | undefined): string | undefined {
  return value === undefined ? undefined : socketAddress('--iroh-bind', value);
}

function oneOf<T extends string>(option: string, value: string | undefined, allowed: readonly T[]): T | null {
  if (value === undefined) return null;
  return allowed.find((one) => one === value) ?? bad(option, value, allowed.join(' or '));
}
