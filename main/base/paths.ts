import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Name of the application's folder on every operating system. */
const FOLDER = 'iroh-live-desktop';

/**
 * Returns the application's data folder according to the platform's conventions.
 *
 * @throws Error if this requires a home folder and the user has none
 */
export function defaultDataDir(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home?: string,
): string {
  // The home folder is looked up only if it is needed, because a user without an entry in the passwd database has none.
  const inHome = (...names: string[]) => join(home ?? homeFolder(), ...names);
  if (platform === 'darwin') return inHome('Library', 'Application Support', FOLDER);
  if (platform === 'win32') return join(env.APPDATA || inHome('AppData', 'Roaming'), FOLDER);
  // The XDG Base Directory Specification requires relative paths in this variable to be ignored.
  const xdg = env.XDG_DATA_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : inHome('.local', 'share'), FOLDER);
}

function homeFolder(): string {
  try {
    return homedir();
  } catch (error) {
    throw new Error('This user has no home folder. Set HOME, or use --data-dir.', { cause: error });
  }
}
