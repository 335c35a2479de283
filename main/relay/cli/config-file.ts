import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { messageOf } from '../../../common/base/errors.ts';
import { isListOption } from '../../base/cli-command.ts';
import { readProblem } from '../../base/file-problem.ts';
import { excerpt, UsageError } from '../../base/option-values.ts';
import { readTextFileSync } from '../../base/text-file.ts';

/** Options that cannot be set in a configuration file. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(['--config', '--check', '--help']);

/**
 * Sets a command's options from a JSON file, except those that the command line has set. The file contains an
 * object whose keys are option names without dashes. Flags are true or false, and repeatable options are a
 * list or a single value.
 *
 * @throws UsageError that names the file
 */
export function applyConfigFile(command: CommandUnknownOpts, file: string): void {
  for (const [key, value] of Object.entries(readObject(file))) {
    const option = command.options.find(
      ({ long = '' }) => long === `--${key}` && !COMMAND_LINE_ONLY.has(long),
    );
    if (!option) throw wrong(file, `there is no option "${excerpt(key)}"`);
    const name = option.attributeName();
    const parsed = optionValue(option, value, file);
    if (command.getOptionValueSource(name) !== 'cli')
      command.setOptionValueWithSource(name, parsed, 'config');
  }
}

function readObject(file: string): object {
  let text: string;
  try {
    text = readTextFileSync(file);
  } catch (error) {
    throw new UsageError(`The configuration file ${excerpt(file)} cannot be read: ${readProblem(error)}`);
  }
  if (text.trim() === '') throw new UsageError(`The configuration file ${excerpt(file)} is empty`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The configuration file ${excerpt(file)} is not JSON${placeOf(error)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw wrong(file, 'it is not a JSON object');
  }
  return json;
}

/** Converts and checks an option's value in the same way as on the command line. */
function optionValue(option: Option, value: unknown, file: string): unknown {
  if (option.isBoolean()) {
    if (typeof value !== 'boolean') throw wrong(file, `"${option.name()}" must be true or false`);
    return value;
  }
  const list = isListOption(option) && Array.isArray(value) ? value : [value];
  if (!list.every((one) => typeof one === 'string' || typeof one === 'number')) {
    const accepted = isListOption(option) ? 'a string, a number, or a list of those' : 'a string or a number';
    throw wrong(file, `"${option.name()}" must be ${accepted}`);
  }
  try {
    if (list.length === 0) return [];
    return list.reduce<unknown>((previous, one) => option.parseArg?.(String(one), previous), undefined);
  } catch (error) {
    if (error instanceof UsageError) throw wrong(file, error.message);
    throw error;
  }
}

function wrong(file: string, fault: string): UsageError {
  return new UsageError(`The configuration file ${excerpt(file)} is invalid: ${fault}`);
}

/**
 * Returns the position of a JSON syntax error, or an empty string if unknown. The parser's own message quotes
 * the file, which may contain a token.
 */
function placeOf(error: unknown): string {
  const [place] = /line \d+ column \d+/.exec(messageOf(error)) ?? [];
  return place === undefined ? '' : ` (at ${place})`;
}
