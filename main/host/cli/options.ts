import { resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { LONGEST_LATENCY_MS } from '../../../common/bridge/bridge.ts';
import { AUTO, resolutions } from '../../../common/bridge/renditions.ts';
import {
  CliCommand,
  choiceOption,
  findCommand,
  type HelpCommand,
  optionNames,
  PROGRAM_NAME,
  parseArguments,
  selectedCommand,
  valueOption,
} from '../../base/cli-command.ts';
import { logLevelFromEnvironment, oneOf, portNumber, UsageError } from '../../base/option-values.ts';
import { defaultDataDir } from '../../base/paths.ts';
import {
  dataDirOption,
  irohBindOption,
  irohRelayOption,
  jsonOption,
  logLevelOption,
} from '../../base/shared-options.ts';
import { type RelayCommand, relayCommand } from '../../relay/cli/options.ts';
import { completionNotes, programNotes } from './notes.ts';
import { autostartSources, hostNames, type RunOptions, type ShellName } from './run-options.ts';
import { latency, renditionName, shellArgument } from './values.ts';

export { UsageError };

/** A parsed command line. */
export type Command =
  | HelpCommand
  | { kind: 'version' }
  | { kind: 'ticket'; ticket: string; json: boolean }
  | { kind: 'completion'; shell: ShellName }
  | RelayCommand
  | { kind: 'run'; options: RunOptions };

/**
 * Defines all commands and options. Parsing, help text, shell completion and docs/cli.md are derived from it.
 * Each command's action passes its result to `onCommand`.
 */
export function defineProgram(
  version: string,
  env: NodeJS.ProcessEnv = process.env,
  onCommand: (command: Command) => void = () => undefined,
) {
  return new CliCommand(PROGRAM_NAME, programNotes)
    .description(
      `Iroh Live${version && ` ${version}`}: live video from one person to another, with no account and no media server. It opens the ` +
        'window. If a ticket is given, the window asks before it watches the broadcast or makes the call.',
    )
    .argument(
      '[TICKET]',
      'Ticket that somebody has sent you: iroh-live:…/name, with or without the scheme. A ticket named "call" calls ' +
        'its owner.',
    )
    .optionsGroup('Window:')
    .addOption(
      choiceOption(
        '--host <HOST>',
        'Where the window opens. electron: as a desktop window. browser: as a page, served on 127.0.0.1 and opened in your browser. ' +
          'Default: electron if its program and a display are available, else browser.',
        hostNames,
        oneOf(hostNames),
      ),
    )
    .addOption(
      valueOption(
        '--port <N>',
        'Browser host: port on 127.0.0.1, 0 to 65535. 0: a free port.',
        portNumber,
      ).default(0),
    )
    .addOption(new Option('--no-open', 'Browser host: print the address without opening the browser.'))
    .addOption(
      dataDirOption(
        'Folder for the identity, the settings and recent tickets. Each folder has a separate identity: instances with ' +
          'different folders run side by side, and a second instance with the same folder hands its ticket to the first.',
      ),
    )
    .optionsGroup('Live, watching and calls:')
    .addOption(
      choiceOption(
        '--autostart <SOURCE>',
        'Go live with this source as soon as the window opens. call: print a call ticket and wait for calls. Only for the ' +
          'first instance with a data folder.',
        autostartSources,
        oneOf(autostartSources),
      ),
    )
    .addOption(
      new Option(
        '--auto-accept',
        'Accept every call immediately, with camera and microphone, without ringing. With --only-contacts: every call from a ' +
          'contact. Only for the first instance with a data folder.',
      ),
    )
    .addOption(
      new Option(
        '--only-contacts',
        'Let only contacts ring. Other callers hear it ring, and their calls are listed as missed. Default: the setting. Only ' +
          'for the first instance with a data folder.',
      ),
    )
    .addOption(
      new Option(
        '--list-broadcasts',
        'Show everyone who has one of your tickets the names of all your live broadcasts. Needed for viewers with iroh-live or ' +
          'moq. Otherwise, a ticket opens only the broadcast that it names. Default: the setting. Only for the first ' +
          'instance with a data folder.',
      ),
    )
    .addOption(
      valueOption(
        '--rendition <NAME>',
        'Rendition to watch. auto: the best that the connection and the view allow. Otherwise a track name such as ' +
          'video/h264-720p; auto applies while that track is not offered.',
        renditionName,
      ).default(AUTO),
    )
    .addOption(
      choiceOption(
        '--max-resolution <HEIGHT>',
        'Neither send nor watch a higher resolution. Default: the setting.',
        resolutions,
        oneOf(resolutions),
      ),
    )
    .addOption(
      valueOption(
        '--latency-ms <N>',
        `Delay playback by N milliseconds, 0 to ${LONGEST_LATENCY_MS}, to compensate for jitter. Default: the setting.`,
        latency,
      ),
    )
    .optionsGroup('Connections:')
    .addOption(
      irohBindOption(
        'UDP address for iroh, such as 0.0.0.0:4500 or [::1]:0. A loopback address also binds loopback of the other IP ' +
          'version. Default: a free port on all addresses.',
      ),
    )
    .addOption(
      irohRelayOption(
        'iroh relay, which forwards encrypted packets when no direct path is found. A URL, "default" (the public iroh ' +
          'relays), or "disabled" (direct paths only).',
      ),
    )
    .optionsGroup('Output:')
    .addOption(jsonOption('Print one JSON object per line on stdout and nothing else; see below.'))
    .addOption(
      new Option(
        '--stats',
        'With --json: one object per second and peer, with round-trip time, network path, loss (lossPercent over the ' +
          'second, lossRate over 0.2 s), upMbps, downMbps, availableBps, congestionEvents and the number of paths.',
      ),
    )
    .addOption(logLevelOption())
    .optionsGroup('Information:')
    .version(version, '--version', 'Show the version.')
    .action((ticket, values) => {
      const { host = null, autostart = null, autoAccept = false, onlyContacts = false } = values;
      const {
        listBroadcasts = false,
        maxResolution = null,
        latencyMs = null,
        json = false,
        stats = false,
        dataDir,
      } = values;
      onCommand({
        kind: 'run',
        options: {
          dataDir: dataDir === undefined ? defaultDataDir(process.platform, env) : resolve(dataDir),
          host,
          port: values.port,
          open: values.open,
          irohBind: values.irohBind,
          irohRelay: values.irohRelay,
          autostart,
          autoAccept,
          onlyContacts,
          listBroadcasts,
          rendition: values.rendition,
          maxResolution,
          latencyMs,
          json,
          stats,
          logLevel: values.logLevel ?? logLevelFromEnvironment(env),
          ticket: ticket ?? null,
        },
      });
    })
    .addCommand(
      new CliCommand('ticket')
        .summary('Show the parts of a ticket.')
        .description('Shows the parts of a ticket as JSON.')
        .argument('<TICKET>', 'Ticket to decode.')
        .addOption(jsonOption('Print the JSON on one line.'))
        .addOption(logLevelOption())
        .action((ticket, { json = false }) => onCommand({ kind: 'ticket', ticket, json })),
    )
    .addCommand(relayCommand(env, onCommand))
    .addCommand(
      new CliCommand('completion', completionNotes)
        .summary('Print a shell completion script.')
        .description('Prints a script that completes commands, options and their values in a shell.')
        .addArgument(shellArgument())
        .action((shell) => onCommand({ kind: 'completion', shell })),
    );
}

/**
 * Parses the arguments that follow the program's name.
 *
 * @throws UsageError if an argument is invalid
 */
export function parseCommandLine(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Command {
  let parsed: Command | undefined;
  const program = defineProgram('', env, (command) => {
    parsed = command;
  });
  const other = parseArguments(program, args);
  if (other) return other;
  if (!parsed) throw new UsageError('The command line was not recognized');
  return parsed;
}

/** Returns the help text of a command, or of the program if `command` is empty. */
export function helpText(version: string, command: readonly string[] = []): string {
  return findCommand(defineProgram(version), command).helpInformation();
}

/** Returns the names of the program's options, without dashes. */
export function programOptionNames(): string[] {
  return optionNames(defineProgram(''));
}

/** Whether the arguments select the relay or one of its subcommands. Never throws. */
export function isRelayCommandLine(args: readonly string[]): boolean {
  return selectedCommand(defineProgram(''), args)[0] === 'relay';
}
