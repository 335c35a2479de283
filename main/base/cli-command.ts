import { Command, CommanderError, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { excerpt, InvalidValueError, invalidValue, UsageError, type ValueParser } from './option-values.ts';

/** The program's command-line name. */
export const PROGRAM_NAME = 'iroh-live-desktop';

/** Width of help text in characters if the output is not a terminal. On a terminal, this is the maximum width. */
const HELP_WIDTH = 100;

/** A titled section of text that follows the options in a command's help text and in the CLI reference. */
export interface HelpNote {
  title: string;
  text: string;
}

/**
 * Returned if the arguments ask for help. `command` lists the command names from the outermost to the selected one;
 * it is empty for the program itself.
 */
export interface HelpCommand {
  kind: 'help';
  command: readonly string[];
}

/**
 * A command that reports every invalid argument as a `UsageError`, and never prints anything or exits the
 * process. Options of a parent command may precede the command name.
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

/** Defines an option with a value. If `parse` rejects the value, the error names the option. */
export function valueOption<const Flags extends string, T>(
  flags: Flags,
  description: string,
  parse: ValueParser<T>,
) {
  const option = new Option(flags, description);
  return option.argParser<T>((text) => parseValue(option.long ?? flags, text, parse));
}

/** Defines an option whose value is one of a fixed list of words. */
export function choiceOption<const Flags extends string, T extends string>(
  flags: Flags,
  description: string,
  choices: readonly T[],
  parse: ValueParser<T>,
) {
  const option = valueOption(flags, description, parse);
  // The choices are set directly, because Commander's `choices()` would replace this parser and its error
  // message, which names the value.
  option.argChoices = [...choices];
  return option;
}

const listOptions = new WeakSet<object>();

/** Defines an option that may be repeated. Its value is a list of all values given. */
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

/** Whether the option was created by `listOption`. */
export function isListOption(option: object): boolean {
  return listOptions.has(option);
}

/**
 * Parses the arguments, runs the selected command's action and returns null. If the arguments ask for help or
 * the version, returns that request and runs nothing. Help takes precedence over errors.
 *
 * @throws UsageError if an argument is invalid
 */
export function parseArguments(
  program: CommandUnknownOpts,
  args: readonly string[],
): HelpCommand | { kind: 'version' } | null {
  const flags = beforeOperands(args);
  if (flags.length < args.length) {
    // The subcommands are removed, because Commander would look for one even after `--`, where only operands
    // may follow.
    (findCommand(program, selectedCommand(program, flags)).commands as CommandUnknownOpts[]).length = 0;
  }
  try {
    program.parse([...args], { from: 'user' });
    return null;
  } catch (error) {
    const isVersion = error instanceof CommanderError && error.code === 'commander.version';
    const isHelp = error instanceof CommanderError && error.code === 'commander.helpDisplayed';
    if (isHelp || flags.includes('--help') || flags.includes('-h')) {
      return { kind: 'help', command: selectedCommand(program, args) };
    }
    if (isVersion) return { kind: 'version' };
    throw error;
  }
}

/**
 * Returns the arguments before `--`, or all arguments if there is none. What follows `--` is an operand, even
 * if it looks like an option or a command.
 */
export function beforeOperands(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}

/**
 * Returns the names of the selected command and its parents, outermost first; empty for the program itself.
 * Never throws.
 */
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

/** Finds a subcommand by its names, outermost first. @throws Error if it does not exist */
export function findCommand(program: CommandUnknownOpts, path: readonly string[]): CommandUnknownOpts {
  return path.reduce((command, name) => {
    const next = command.commands.find((child) => child.name() === name);
    if (!next) throw new Error(`there is no command "${path.join(' ')}"`);
    return next;
  }, program);
}

/** Returns the long names of a command's options, without dashes. */
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

/** Describes a command for an error message, for example `The command "relay token"`. */
function describe(command: CommandUnknownOpts): string {
  const names: string[] = [];
  for (let one: CommandUnknownOpts | null = command; one; one = one.parent) names.unshift(one.name());
  const name = names.filter((one) => one !== PROGRAM_NAME).join(' ');
  return name === '' ? 'The program' : `The command "${name}"`;
}

/**
 * Rejects two mistakes that Commander accepts: an option where a value is expected (`--data-dir --json`), and a value
 * for a flag (`--json=yes`).
 *
 * @throws UsageError if the arguments contain one
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
        `Option '${name}' needs a value (write a value that begins with a dash as ${name}=VALUE)`,
      );
    }
  }
}

/**
 * Applies the options that precede the command name to the command.
 *
 * @throws UsageError if the command does not define such an option
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

/** Converts a Commander error to a `UsageError` with this program's wording. */
function usageError(command: CommandUnknownOpts, error: CommanderError): UsageError {
  const subject = describe(command);
  const parameters = command.registeredArguments.map((argument) => argument.name());
  switch (error.code) {
    case 'commander.excessArguments': {
      const accepted = parameters.length === 0 ? 'no argument' : `one ${parameters.join(' and one ')}`;
      const extra = excerpt(command.args[parameters.length] ?? '');
      return new UsageError(`${subject} takes ${accepted}, but got "${extra}" as well`);
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
