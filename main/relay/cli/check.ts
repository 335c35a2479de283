import { accessSync, constants, existsSync, opendirSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../../common/base/errors.ts';
import { OK, USAGE } from '../../base/exit-status.ts';
import { fileProblem } from '../../base/file-problem.ts';
import { loadVerifyingKeys } from '../access/keys.ts';
import { fileSource } from '../certificates/certificates.ts';
import type { RelayOptions } from '../relay-options.ts';

/** The warning for options that make `deniesEverything` true. */
export const DENIES_EVERYTHING = 'access control denies all watching and publishing';

/** Whether these options allow nobody to watch or publish. */
export function deniesEverything({
  publicRead,
  publicPublish,
  allowPull,
  authKeyFiles,
}: RelayOptions): boolean {
  return publicRead.length + publicPublish.length + authKeyFiles.length === 0 && !allowPull;
}

/** The result of checking a configuration. */
interface CheckResult {
  /** Messages for the user about problems that would keep the relay from starting. */
  errors: string[];
  /** Messages for the user about settings that are probably not intended. */
  warnings: string[];
}

/** Checks the files and folders that the options name. Opens no port. Never rejects. */
export async function checkConfiguration(options: RelayOptions): Promise<CheckResult> {
  const { authKeyFiles, tls, dataDir } = options;
  const errors: string[] = [];
  const attempt = async (check: () => unknown) => {
    try {
      await check();
    } catch (error) {
      errors.push(messageOf(error));
    }
  };
  for (const file of authKeyFiles) await attempt(() => loadVerifyingKeys(file, '--auth-key'));
  if (tls) await attempt(async () => (await fileSource(tls)).close());
  await attempt(() => checkDataDir(dataDir));
  return { errors, warnings: deniesEverything(options) ? [`${DENIES_EVERYTHING}.`] : [] };
}

/** @throws Error if the folder is not writable or, if it does not exist, the nearest existing folder above it is not */
function checkDataDir(dataDir: string): void {
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    // Opening the folder fails if it is a file.
    opendirSync(folder).closeSync();
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`The data folder ${dataDir} (--data-dir) cannot be used: ${fileProblem(error)}`, {
      cause: error,
    });
  }
}

/** Runs `relay --check`. Prints the result and returns the exit status. */
export async function runCheck(options: RelayOptions): Promise<number> {
  const { errors, warnings } = await checkConfiguration(options);
  for (const warning of warnings) process.stderr.write(`Warning: ${warning}\n`);
  for (const error of errors) process.stderr.write(`${error}\n`);
  if (errors.length > 0) return USAGE;
  process.stdout.write('The configuration is valid.\n');
  return OK;
}
