import { join, resolve } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { RELAY_PORT } from '../../../common/relay/relay-api.ts';
import { type HelpCommand, parseArguments } from '../../base/cli-command.ts';
import { excerpt, logLevelFromEnvironment, UsageError } from '../../base/option-values.ts';
import { defaultDataDir } from '../../base/paths.ts';
import type { AcmeOptions } from '../certificates/acme.ts';
import type { ClusterOptions } from '../cluster/cluster.ts';
import type { RelayOptions } from '../relay-options.ts';
import { applyConfigFile } from './config-file.ts';
import { type RelayValues, relayDefinition } from './definition.ts';
import { type TokenCommand, tokenDefinition } from './token-options.ts';

/** A parsed and checked command line of the relay. */
export type RelayCommand =
  | { kind: 'relay'; options: RelayOptions }
  | { kind: 'relay-token'; command: TokenCommand };

/**
 * Creates the command `relay` with all of its subcommands, which pass the parsed command line to `onCommand`.
 */
export function relayCommand(env: NodeJS.ProcessEnv, onCommand: (command: RelayCommand) => void) {
  return relayDefinition()
    .addCommand(tokenDefinition((command) => onCommand({ kind: 'relay-token', command })))
    .action((_values, command) => {
      const { config } = command.opts();
      if (config !== undefined) applyConfigFile(command, config);
      onCommand({ kind: 'relay', options: checked(command.opts(), command, env) });
    });
}

/**
 * Parses the arguments after `relay`, and reads the configuration file if they name one. The command line
 * overrides the file.
 *
 * @throws UsageError
 */
export function parseRelay(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): RelayCommand | HelpCommand {
  let parsed: RelayCommand | undefined;
  const program = relayCommand(env, (command) => {
    parsed = command;
  });
  const other = parseArguments(program, args);
  if (other?.kind === 'help') return other;
  if (!parsed) throw new UsageError('The command "relay" was not recognized');
  return parsed;
}

/** Returns whether the command line or the configuration file sets an option. */
type IsGiven = (name: keyof RelayValues) => boolean;

function checked(values: RelayValues, command: CommandUnknownOpts, env: NodeJS.ProcessEnv): RelayOptions {
  const given: IsGiven = (name) => ['cli', 'config'].includes(command.getOptionValueSource(name) ?? '');
  try {
    return relayOptions(values, given, env);
  } catch (error) {
    if (!(error instanceof UsageError) || values.config === undefined) throw error;
    // The conflicting option may be in the configuration file.
    throw new UsageError(`${error.message} (see also the configuration file ${excerpt(values.config)})`);
  }
}

function relayOptions(values: RelayValues, given: IsGiven, env: NodeJS.ProcessEnv): RelayOptions {
  const { dev = false, allowPull = false, allowPrivateAddresses = false, trustProxy = false } = values;
  const { json = false, authKey, metricsBind = null } = values;
  const shared = [...(dev ? [''] : []), ...(values.public ?? [])];
  const localOnly = dev && !given('bind') && !given('httpBind') && !given('irohBind');
  const bind = dev && !given('bind') ? devBind(values.httpBind) : values.bind;
  return {
    dev,
    localOnly,
    bind,
    httpBind: values.httpBind ?? bind,
    tls: tlsFiles(values),
    acme: acmeOptions(values, given),
    cluster: clusterOptions(values),
    configFile: values.config === undefined ? null : resolve(values.config),
    dataDir: resolve(values.dataDir ?? (env.IROH_LIVE_RELAY_DATA || join(defaultDataDir(), 'relay'))),
    irohBind: values.irohBind,
    irohRelay: values.irohRelay,
    logLevel: values.logLevel ?? logLevelFromEnvironment(env),
    json,
    publicRead: [...shared, ...(values.publicRead ?? [])],
    publicPublish: [...shared, ...(values.publicPublish ?? [])],
    authKeyFile: authKey === undefined ? null : resolve(authKey),
    allowPull: dev || allowPull,
    allowPrivateAddresses,
    trustProxy,
    metricsBind,
    limits: {
      sessions: values.maxSessions,
      sessionsPerClient: values.maxSessionsPerClient,
      pulls: values.maxPulls,
      pullsPerClient: values.maxPullsPerClient,
      announcements: values.maxAnnouncements,
      streams: values.maxStreams,
      bps: values.maxMbps,
      bpsPerClient: values.maxMbpsPerClient,
    },
    releaseMs: values.releaseAfter,
  };
}

/**
 * Returns the default of `--bind` in development mode. In this mode, the relay has no access control, so the
 * default host is the one in `--http-bind`. If that option is not set, the default is the loopback address.
 */
function devBind(httpBind: string | undefined): string {
  const host = httpBind?.replace(/:\d+$/, '') ?? '127.0.0.1';
  return `${host}:${RELAY_PORT}`;
}

function tlsFiles({ tlsCert, tlsKey }: RelayValues): RelayOptions['tls'] {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError("Options '--tls-cert' and '--tls-key' must be used together");
  }
  return { certFile: resolve(tlsCert), keyFile: resolve(tlsKey) };
}

function acmeOptions(values: RelayValues, given: IsGiven): AcmeOptions | null {
  const { domain, tlsCert, dev, acmeEmail, acmeDirectory, acmeCa, acmeHttpBind } = values;
  if (!domain || domain.length === 0) {
    const alone = (
      [
        ['acmeEmail', '--acme-email'],
        ['acmeDirectory', '--acme-directory'],
        ['acmeCa', '--acme-ca'],
        ['acmeHttpBind', '--acme-http-bind'],
      ] as const
    ).find(([name]) => given(name));
    if (alone) throw new UsageError(`Option '${alone[1]}' needs '--domain'`);
    return null;
  }
  if (tlsCert !== undefined)
    throw new UsageError("Options '--domain' and '--tls-cert' cannot be used together");
  if (dev) throw new UsageError("Options '--domain' and '--dev' cannot be used together");
  return {
    domains: [...new Set(domain)],
    email: acmeEmail ?? null,
    directoryUrl: acmeDirectory,
    caFile: acmeCa === undefined ? null : resolve(acmeCa),
    httpBind: acmeHttpBind,
  };
}

function clusterOptions({ cluster, clusterToken }: RelayValues): ClusterOptions | null {
  if (cluster !== undefined) return { url: cluster, token: clusterToken ?? null };
  if (clusterToken !== undefined) throw new UsageError("Option '--cluster-token' needs '--cluster'");
  return null;
}
