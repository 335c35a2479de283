import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../../common/base/errors.ts';
import { RELAY_PORT } from '../../../common/relay/relay-api.ts';
import { bad, excerpt, irohRelay, logLevel, socketAddress, UsageError } from '../../base/option-values.ts';
import { defaultDataDir } from '../../base/paths.ts';
import { DEFAULT_LIMITS } from '../access/limits.ts';
import type { RelayOptions } from '../relay-options.ts';
import { acmeOptions, clusterOptions } from './option-groups.ts';
import { parseTokenCommand, type TokenCommand } from './token-options.ts';

export type RelayCommand =
  | { kind: 'relay-help' }
  | { kind: 'relay-token-help' }
  | { kind: 'relay'; options: RelayOptions }
  | { kind: 'relay-token'; command: TokenCommand };

const definition = {
  dev: { type: 'boolean' },
  bind: { type: 'string' },
  'http-bind': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  domain: { type: 'string', multiple: true },
  'acme-email': { type: 'string' },
  'acme-directory': { type: 'string' },
  'acme-ca': { type: 'string' },
  'acme-http-bind': { type: 'string' },
  cluster: { type: 'string' },
  'cluster-token': { type: 'string' },
  'data-dir': { type: 'string' },
  'iroh-bind': { type: 'string' },
  'iroh-relay': { type: 'string' },
  'log-level': { type: 'string' },
  json: { type: 'boolean' },
  public: { type: 'string', multiple: true },
  'public-read': { type: 'string', multiple: true },
  'public-publish': { type: 'string', multiple: true },
  'auth-key': { type: 'string' },
  'allow-pull': { type: 'boolean' },
  'allow-private-addresses': { type: 'boolean' },
  'trust-proxy': { type: 'boolean' },
  'metrics-bind': { type: 'string' },
  'max-sessions': { type: 'string' },
  'max-sessions-per-client': { type: 'string' },
  'max-pulls': { type: 'string' },
  'max-pulls-per-client': { type: 'string' },
  'max-announcements': { type: 'string' },
  'max-streams': { type: 'string' },
  'max-mbps': { type: 'string' },
  'max-mbps-per-client': { type: 'string' },
  'release-after': { type: 'string' },
  config: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Every option's name, without the dashes. */
export const relayOptionNames = Object.keys(definition);

type Values = ReturnType<typeof parse>;

/**
 * Parses what stands after `relay`, and reads the configuration file that it names. What the command line says
 * overrides the file.
 *
 * @throws UsageError
 */
export function parseRelay(args: readonly string[], env: NodeJS.ProcessEnv = process.env): RelayCommand {
  const [first, ...rest] = args;
  if (first === 'token' && rest.some((arg) => arg === '--help' || arg === '-h'))
    return { kind: 'relay-token-help' };
  if (first === 'token') return { kind: 'relay-token', command: parseTokenCommand(rest) };
  const given = parse(args);
  if (given.help) return { kind: 'relay-help' };
  const values: Values = given.config === undefined ? given : { ...readConfig(given.config), ...given };
  return { kind: 'relay', options: check(values, env) };
}

function check(values: Values, env: NodeJS.ProcessEnv): RelayOptions {
  const dev = values.dev ?? false;
  const everything = dev ? [''] : [];
  const shared = prefixes('--public', values.public);
  return {
    dev,
    bind: socketAddress('--bind', values.bind ?? `[::]:${RELAY_PORT}`),
    httpBind: socketAddress('--http-bind', values['http-bind'] ?? values.bind ?? `[::]:${RELAY_PORT}`),
    tls: tlsFiles(values['tls-cert'], values['tls-key']),
    acme: acmeOptions(values),
    cluster: clusterOptions(values),
    dataDir: resolve(values['data-dir'] ?? (env.IROH_LIVE_RELAY_DATA || join(defaultDataDir(), 'relay'))),
    irohBind:
      values['iroh-bind'] === undefined ? undefined : socketAddress('--iroh-bind', values['iroh-bind']),
    irohRelay: irohRelay(values['iroh-relay']),
    logLevel: logLevel(values['log-level'], env.IROH_LIVE_LOG),
    json: values.json ?? false,
    publicRead: [...everything, ...shared, ...prefixes('--public-read', values['public-read'])],
    publicPublish: [...everything, ...shared, ...prefixes('--public-publish', values['public-publish'])],
    authKeyFile: values['auth-key'] === undefined ? null : resolve(values['auth-key']),
    allowPull: dev || (values['allow-pull'] ?? false),
    allowPrivateAddresses: values['allow-private-addresses'] ?? false,
    trustProxy: values['trust-proxy'] ?? false,
    metricsBind:
      values['metrics-bind'] === undefined ? null : socketAddress('--metrics-bind', values['metrics-bind']),
    limits: {
      sessions: count('--max-sessions', values['max-sessions'], DEFAULT_LIMITS.sessions),
      sessionsPerClient: count(
        '--max-sessions-per-client',
        values['max-sessions-per-client'],
        DEFAULT_LIMITS.sessionsPerClient,
      ),
      pulls: count('--max-pulls', values['max-pulls'], DEFAULT_LIMITS.pulls),
      pullsPerClient: count(
        '--max-pulls-per-client',
        values['max-pulls-per-client'],
        DEFAULT_LIMITS.pullsPerClient,
      ),
      announcements: count('--max-announcements', values['max-announcements'], DEFAULT_LIMITS.announcements),
      streams: count('--max-streams', values['max-streams'], DEFAULT_LIMITS.streams),
      bps: mbps('--max-mbps', values['max-mbps'], DEFAULT_LIMITS.bps),
      bpsPerClient: mbps('--max-mbps-per-client', values['max-mbps-per-client'], DEFAULT_LIMITS.bpsPerClient),
    },
    releaseMs: seconds('--release-after', values['release-after'], 10) * 1000,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definition, allowPositionals: false, strict: true }).values;
  } catch (error) {
    const [first = ''] = messageOf(error).split(/\. |\n/);
    throw new UsageError(first, { cause: error });
  }
}

const scalar = z.union([z.string(), z.number()]).transform(String);

/** Every option under its own name: flags are true or false, what may be given often is a list or one value. */
const configSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(definition)
      .filter(([name]) => name !== 'config' && name !== 'help')
      .map(([name, option]) => {
        if (option.type === 'boolean') return [name, z.boolean().optional()];
        if (!('multiple' in option)) return [name, scalar.optional()];
        return [name, z.union([z.array(scalar), scalar.transform((one) => [one])]).optional()];
      }),
  ),
);

function readConfig(file: string): Values {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The configuration file ${excerpt(file)} cannot be read: ${messageOf(error)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The configuration file ${excerpt(file)} is not JSON${placeOf(error)}`);
  }
  const parsed = configSchema.safeParse(json);
  if (parsed.success) return parsed.data as Values;
  const [issue] = parsed.error.issues;
  const where = issue && issue.path.length > 0 ? ` ("${issue.path.join('.')}")` : '';
  throw new UsageError(`The configuration file ${excerpt(file)} is wrong${where}: ${issue?.message ?? ''}`);
}

/** Where the parser stopped, if it says so. Its own words quote the file, which may hold a token. */
function placeOf(error: unknown): string {
  const [place] = /line \d+ column \d+/.exec(messageOf(error)) ?? [];
  return place === undefined ? '' : ` (at ${place})`;
}

function tlsFiles(cert: string | undefined, key: string | undefined): RelayOptions['tls'] {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) {
    throw new UsageError("Options '--tls-cert' and '--tls-key' need each other");
  }
  return { certFile: resolve(cert), keyFile: resolve(key) };
}

/** `*` and `/` are everything; else a path, with everything below it. */
function prefixes(option: string, patterns: readonly string[] | undefined): string[] {
  return (patterns ?? []).map((pattern) => {
    if (pattern === '*' || pattern === '**' || pattern === '/') return '';
    const prefix = pattern.replace(/\/\*{1,2}$/, '').replace(/^\/+|\/+$/g, '');
    if (prefix === '' || prefix.includes('*')) bad(option, pattern, 'a path such as "rooms/one", or "*"');
    return prefix;
  });
}

function count(option: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d{1,9}$/.test(value) || Number(value) === 0) bad(option, value, 'a number from 1 on');
  return Number(value);
}

function mbps(option: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(value)) bad(option, value, 'megabits per second, 0 for no limit');
  return Number(value) * 1_000_000;
}

function seconds(option: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(value)) bad(option, value, 'seconds');
  return Number(value);
}
