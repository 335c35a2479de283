import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { isListOption } from '../../base/cli-command.ts';
import { excerpt, UsageError } from '../../base/option-values.ts';

/** Options without such a variable. `--data-dir` has `IROH_LIVE_RELAY_DATA`, which is older than the other variables. */
const WITHOUT_VARIABLE: ReadonlySet<string> = new Set(['--data-dir', '--check', '--help']);

/** Returns the name of an option's environment variable, such as `IROH_LIVE_RELAY_METRICS_BIND`. */
function variableOf(option: Option): string {
  return `IROH_LIVE_RELAY_${option.name().toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Sets a command's options from environment variables, except those that the command line has set. Ignores
 * empty and unknown variables, because an orchestrator may set some that are named after a service.
 *
 * @throws UsageError that names the variable
 */
export function applyEnvironment(command: CommandUnknownOpts, env: NodeJS.ProcessEnv): void {
  for (const option of command.options) {
    const text = env[variableOf(option)];
    const name = option.attributeName();
    if (!text || WITHOUT_VARIABLE.has(option.long ?? '') || command.getOptionValueSource(name) === 'cli')
      continue;
    command.setOptionValueWithSource(name, parsedValue(option, text), 'env');
  }
}

function parsedValue(option: Option, text: string): unknown {
  const variable = variableOf(option);
  if (option.isBoolean()) {
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw new UsageError(`The variable ${variable} cannot be "${excerpt(text)}": it takes true or false`);
  }
  const values = isListOption(option) ? text.split(',').map((one) => one.trim()) : [text];
  try {
    return values.reduce<unknown>((previous, one) => option.parseArg?.(one, previous), undefined);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message} (from the variable ${variable})`);
    throw error;
  }
}
