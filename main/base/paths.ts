import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Name of the application's folder on every system. */
const FOLDER = 'iroh-live-desktop';

/** The folder for an application's data by the conventions of the platform. */
export function defaultDataDir(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', FOLDER);
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), FOLDER);
  // XDG base directory specification: relative paths in the variable are invalid and must be ignored.
  const xdg = env.XDG_DATA_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, '.local', 'share'), FOLDER);
}
