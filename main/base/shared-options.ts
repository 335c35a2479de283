import { Option } from '@commander-js/extra-typings';
import { choiceOption, valueOption } from './cli-command.ts';
import { logLevels } from './log.ts';
import { folder, irohRelay, oneOf, socketAddress } from './option-values.ts';

/** Options that both the application and the relay have. Each function returns a new option. */

/** `--data-dir`, without a default. */
export const dataDirOption = (description: string) => valueOption('--data-dir <DIR>', description, folder);

/** `--iroh-bind`, without a default. */
export const irohBindOption = (description: string) =>
  valueOption('--iroh-bind <ADDR:PORT>', description, socketAddress);

/** `--iroh-relay`. */
export const irohRelayOption = (description: string) =>
  valueOption('--iroh-relay <URL>', description, irohRelay).default('default');

/** `--log-level`, without a default: the environment has one. */
export const logLevelOption = () =>
  choiceOption(
    '--log-level <LEVEL>',
    'Log verbosity on stderr. Default: $IROH_LIVE_LOG, else info.',
    logLevels,
    oneOf(logLevels),
  );

/** `--json`. */
export const jsonOption = (description: string) => new Option('--json', description);
