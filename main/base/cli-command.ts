import { Command, CommanderError, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { excerpt, InvalidValueError, invalidValue, UsageError, type ValueParser } from './option-values.ts';

/** Name of the program on the command line. */
export const PROGRAM_NAME = 'iroh-live-desktop';

/** Width of a help text that does not go to a terminal, and the largest width on a terminal, in characters. */
const HELP_WIDTH = 100;

/** A section of text below the options of a command, in its help and in the reference. */
export interface HelpNote {
  title: string;
  text: string;
}

/** The result of arguments that ask for help: the names of the command, outermost first; empty for the program. */
export interface HelpCommand {
  kind: 'help';
  command: readonly string[];
}

/**
 * Command that reports faults as `UsageError`: it never writes and never exits. Options that a parent command also
 * defines may be given before the command's name.
 */
export class CliCommand extends Command {
  readonly notes: readonly HelpNote[];

  constructor(name: string, notes: readonly HelpNote[] = []) {
    super(name);
    this.notes = notes;
    this.enablePositionalOptions();
    this.exitOverride((error) => {
      throw isFault(error) ? usageError(this, error) : error;
    });
    this.configureOutput({
      writeOut: () => undefined,
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(process.stdout.columns ?? HELP_WIDTH, HELP_WIDTH),
    });
    this.hook('preAction', (_self, command) => inheritOptions(command));
    this.helpOption('-h, --help', 'Show this help.');
    this.helpCommand(false);
  }

  override parseOptions(args: string[]) {
    checkValues(this, args);
    return super.parseOptions(args);
  }

  override helpInformation(): string {
    const notes = this.notes.map(({ title, text }) => `\n${title}:\n${text.replace(/^(?=.)/gm, '  ')}\n`);
    return `${super.helpInformation()}${notes.join('')}`;
  }
}

/** An option with a value. A value that `parse` rejects is reported with the option's name. */
export function valueOption<const Flags extends string, T>(
  flags: Flags,
  description: string,
  parse: ValueParser<T>,
) {
  const option = new Option(flags, description);
  return option.argParser<T>((text) => parseValue(option.long ?? flags, text, parse));
}

/** An option with one of a fixed list of words. */
export function choiceOption<const Flags extends string, T extends string>(
  flags: Flags,
  description: string,
  choices: readonly T[],
  parse: ValueParser<T>,
) {
  const option = valueOption(flags, description, parse);
  // Unlike `choices()`, this keeps the parser, whose error names the value.
  option.argChoices = [...choices];
  return option;
}

const listOptions = new WeakSet<object>();

/** An option that may be repeated; its value is the list of all values. */
export function listOption<const Flags extends string, T>(
  flags: Flags,
  description: string,
  parse: ValueParser<T>,
) {
  const option = new Option(flags, `${description} Repeatable.`);
  listOptions.add(option);
  return option.argParser<T[]>((text, previous: T[] | undefined) => [
    ...(previous ?? []),
    parseValue(option.long ?? flags, text, parse),
  ]);
}

/** Whether the option was made by `listOption`. */
export function isListOption(option: object): boolean {
  return listOptions.has(option);
}

/**
 * Parses the arguments and runs the action of the command that they select. Returns null after that, or the command
 * whose help the arguments ask for. Help wins over faults: `--port x --help` shows help.
 *
 * @throws UsageError
 */
export function parseArguments(
  program: CommandUnknownOpts,
  args: readonly string[],
): HelpCommand | { kind: 'version' } | null {
  try {
    program.parse([...args], { from: 'user' });
    return null;
  } catch (error) {
    const isVersion = error instanceof CommanderError && error.code === 'commander.version';
    const isHelp = error instanceof CommanderError && error.code === 'commander.helpDisplayed';
    const flags = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length);
    if (isHelp || flags.includes('--help') || flags.includes('-h')) {
      return { kind: 'help', command: selectedCommand(program, args) };
    }
    if (isVersion) return { kind: 'version' };
    throw error;
  }
}

/** Names of the command that the arguments select, outermost first; empty for the program itself. Never throws. */
export function selectedCommand(program: CommandUnknownOpts, args: readonly string[]): string[] {
  const path: string[] = [];
  let command = program;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--') break;
    if (arg.startsWith('-')) {
      if (command.options.some((option) => option.required && isNamed(option, arg))) i += 1;
      continue;
    }
    const next = command.commands.find((child) => child.name() === arg);
    if (!next) break;
    path.push(arg);
    command = next;
  }
  return path;
}

/** The command with these names below the program. @throws Error if there is none */
export function findCommand(program: CommandUnknownOpts, path: readonly string[]): CommandUnknownOpts {
  return path.reduce((command, name) => {
    const next = command.commands.find((child) => child.name() === name);
    if (!next) throw new Error(`there is no command "${path.join(' ')}"`);
    return next;
  }, program);
}

/** Names of the options of a command, without dashes. */
export function optionNames(command: CommandUnknownOpts): string[] {
  return [...command.options.map((option) => (option.long ?? '').slice(2)), 'help'];
}

function isNamed({ long, short }: { long?: string; short?: string }, name: string): boolean {
  return name === long || name === short;
}

function parseValue<T>(name: string, text: string, parse: ValueParser<T>): T {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof InvalidValueError) throw invalidValue(name, text, error.message);
    throw error;
  }
}

/** Words for a command in messages, such as `The command "relay token"`. */
function describe(command: CommandUnknownOpts): string {
  const names: string[] = [];
  for (let one: CommandUnknownOpts | null = command; one; one = one.parent) names.unshift(one.name());
  const name = names.filter((one) => one !== PROGRAM_NAME).join(' ');
  return name === '' ? 'The program' : `The command "${name}"`;
}

/**
 * Checks what Commander accepts: an option in the place of a value (`--data-dir --json`), and a value for a flag
 * (`--json=yes`).
 *
 * @throws UsageError
 */
function checkValues(command: CommandUnknownOpts, args: readonly string[]): void {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--' || command.commands.some((child) => child.name() === arg)) return;
    const [name = '', value] = arg.split('=', 2);
    const option = command.options.find((one) => isNamed(one, name));
    if (option && !option.required && value !== undefined) {
      throw new UsageError(`Option '${name}' takes no value`);
    }
    if (!option?.required || value !== undefined) continue;
    const next = args[++i];
    if (next === undefined) throw new UsageError(`Option '${name}' needs a value`);
    if (/^-./.test(next)) {
      throw new UsageError(
        `Option '${name}' needs a value (one that begins with a dash is written ${name}=VALUE)`,
      );
    }
  }
}

/**
 * Copies options that were given before the command's name to the command.
 *
 * @throws UsageError if the command has no such option
 */
function inheritOptions(command: CommandUnknownOpts): void {
  for (let parent = command.parent; parent; parent = parent.parent) {
    for (const option of parent.options) {
      const name = option.attributeName();
      if (parent.getOptionValueSource(name) !== 'cli') continue;
      if (!command.options.some(({ long }) => long === option.long)) {
        throw new UsageError(
          `Option '${option.long}' does not belong to ${describe(command).replace('The', 'the')}`,
        );
      }
      if (command.getOptionValueSource(name) === 'cli') continue;
      command.setOptionValueWithSource(name, parent.getOptionValue(name), 'cli');
    }
  }
}

function isFault({ code }: CommanderError): boolean {
  return code !== 'commander.helpDisplayed' && code !== 'commander.version';
}

/** Commander's error in this program's words. */
function usageError(command: CommandUnknownOpts, error: CommanderError): UsageError {
  const subject = describe(command);
  const parameters = command.registeredArguments.map((argument) => argument.name());
  switch (error.code) {
    case 'commander.excessArguments': {
      const accepted = parameters.length === 0 ? 'no argument' : `one ${parameters.join(' and one ')}`;
      const extra = excerpt(command.args[parameters.length] ?? '');
      return new UsageError(`${subject} takes ${accepted}: "${extra}" is one too many`);
    }
    case 'commander.missingArgument':
      return new UsageError(`${subject} needs a ${parameters.join(' and a ').toLowerCase()} after it`);
    case 'commander.missingMandatoryOptionValue': {
      const [, flags = ''] = /'(.*)'/.exec(error.message) ?? [];
      return new UsageError(`${subject} needs ${flags.replace(/[<>]/g, '')}`);
    }
    case 'commander.help':
    case 'commander.unknownCommand':
      return new UsageError(
        `${subject} takes one of ${command.commands.map((child) => child.name()).join(', ')}`,
      );
    default: {
      const [first = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
      const text = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
      return new UsageError(suggestion === '' ? text : `${text} ${suggestion.toLowerCase()}`, {
        cause: error,
      });
    }
  }
}
