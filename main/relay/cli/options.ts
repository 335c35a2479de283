import { join, resolve } from 'node:path';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { RELAY_PORT } from '../../../common/relay/relay-api.ts';
import { CliCommand, type HelpCommand, parseArguments } from '../../base/cli-command.ts';
import { excerpt, logLevelFromEnvironment, UsageError } from '../../base/option-values.ts';
import { defaultDataDir } from '../../base/paths.ts';
import { dataDirOption } from '../../base/shared-options.ts';
import type { AcmeOptions } from '../certificates/acme.ts';
import type { ClusterOptions } from '../cluster/cluster.ts';
import type { RelayOptions } from '../relay-options.ts';
import { applyConfigFile } from './config-file.ts';
import { type RelayValues, relayDefinition } from './definition.ts';
import { applyEnvironment } from './environment.ts';
import { type TokenCommand, tokenDefinition } from './token-options.ts';

/** A parsed and checked command line of the relay. */
export type RelayCommand =
  | { kind: 'relay'; options: RelayOptions }
  /** Checks the options and the files that they name, without running a relay. */
  | { kind: 'relay-check'; options: RelayOptions }
  /** Reports whether the relay that uses the data folder is running. */
  | { kind: 'relay-health'; dataDir: string }
  | { kind: 'relay-token'; command: TokenCommand };

/**
 * Creates the command `relay` with all of its subcommands, which pass the parsed command line to `onCommand`.
 */
export function relayCommand(env: NodeJS.ProcessEnv, onCommand: (command: RelayCommand) => void) {
  return relayDefinition()
    .addCommand(tokenDefinition((command) => onCommand({ kind: 'relay-token', command })))
    .addCommand(
      new CliCommand('health')
        .summary('Report whether a relay is running.')
        .description(
          'Asks the relay that uses the data folder for its state. The exit status is 0 if it is running, even while it ' +
            'waits for its first certificate, and 1 otherwise.',
        )
        .addOption(dataDirOption("The relay's data folder. Default: as for the relay."))
        .action(({ dataDir }) => onCommand({ kind: 'relay-health', dataDir: dataDirOf(dataDir, env) })),
    )
    .action((_values, command) => {
      applyEnvironment(command, env);
      const { config } = command.opts();
      if (config !== undefined) applyConfigFile(command, config);
      const values = command.opts();
      const kind = values.check ? 'relay-check' : 'relay';
      onCommand({ kind, options: checked(values, command, env) });
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

/** Returns whether an option is set, on the command line, in the configuration file or by a variable. */
type IsGiven = (name: keyof RelayValues, sources?: readonly string[]) => boolean;

function dataDirOf(dataDir: string | undefined, env: NodeJS.ProcessEnv): string {
  return resolve(dataDir ?? (env.IROH_LIVE_RELAY_DATA || join(defaultDataDir(), 'relay')));
}

function checked(values: RelayValues, command: CommandUnknownOpts, env: NodeJS.ProcessEnv): RelayOptions {
  const given: IsGiven = (name, sources = ['cli', 'config', 'env']) =>
    sources.includes(command.getOptionValueSource(name) ?? '');
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
  const { json = false, authKey = [], metricsBind = null } = values;
  const shared = [...(dev ? [''] : []), ...(values.public ?? [])];
  const localOnly = dev && !given('bind') && !given('httpBind') && !given('irohBind');
  const bind = dev && !given('bind') ? devBind(values.httpBind) : values.bind;
  return {
    dev,
    localOnly,
    bind,
    httpBind: values.httpBind ?? bind,
    httpBindOption: given('httpBind') ? '--http-bind' : '--bind',
    tls: tlsFiles(values),
    ownCertificate: ownCertificate(values),
    acme: acmeOptions(values, given),
    cluster: clusterOptions(values),
    configFile: values.config === undefined ? null : resolve(values.config),
    dataDir: dataDirOf(values.dataDir, env),
    irohBind: values.irohBind,
    irohRelay: values.irohRelay,
    logLevel: values.logLevel ?? logLevelFromEnvironment(env),
    accessLog: values.accessLog ?? false,
    json,
    publicRead: [...shared, ...(values.publicRead ?? [])],
    publicPublish: [...shared, ...(values.publicPublish ?? [])],
    authKeyFiles: authKey.map((file) => resolve(file)),
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
 * Returns the default of `--bind` in development mode: the host of `--http-bind` if it is set, otherwise the
 * loopback address, because this mode has no access control.
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

function ownCertificate({ ownCertificate: wanted, tlsCert, domain = [], dev }: RelayValues): boolean {
  if (!wanted) return false;
  const other = dev
    ? '--dev'
    : tlsCert !== undefined
      ? '--tls-cert'
      : domain.length > 0
        ? '--domain'
        : undefined;
  if (other) throw new UsageError(`Options '--own-certificate' and '${other}' cannot be used together`);
  return true;
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
    )
      // A container image may set a variable for all its relays, with or without a domain.
      .find(([name]) => given(name, ['cli', 'config']));
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
