import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Name of the application's folder on every operating system. */
const FOLDER = 'iroh-live-desktop';

/** Returns the application's data folder according to the platform's conventions. */
export function defaultDataDir(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', FOLDER);
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), FOLDER);
  // The XDG Base Directory Specification requires relative paths in this variable to be ignored.
  const xdg = env.XDG_DATA_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, '.local', 'share'), FOLDER);
}
