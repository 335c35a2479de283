import { Option } from '@commander-js/extra-typings';
import { choiceOption, valueOption } from './cli-command.ts';
import { logLevels } from './log.ts';
import { folder, irohRelay, oneOf, socketAddresses } from './option-values.ts';

/** Command-line options that the application and the relay share. Each function creates a new option. */

/** Defines `--data-dir`, without a default. */
export const dataDirOption = (description: string) => valueOption('--data-dir <DIR>', description, folder);

/** Defines `--iroh-bind`, without a default. */
export const irohBindOption = (description: string) =>
  valueOption('--iroh-bind <ADDR:PORT>', description, socketAddresses);

/** Defines `--iroh-relay`. */
export const irohRelayOption = (description: string) =>
  valueOption('--iroh-relay <URL>', description, irohRelay).default('default');

/** Defines `--log-level`. It has no default value, because the environment variable provides one. */
export const logLevelOption = () =>
  choiceOption(
    '--log-level <LEVEL>',
    'Log verbosity on stderr. Default: $IROH_LIVE_LOG, else info.',
    logLevels,
    oneOf(logLevels),
  );

/** Defines `--json`. */
export const jsonOption = (description: string) => new Option('--json', description);
