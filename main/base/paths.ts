import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The name of the application's own folder, the same on every system. */
const FOLDER = 'iroh-live-desktop';

/** Where the platform wants an application to keep its data. */
export function defaultDataDir(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', FOLDER);
  if (platform === 'win32') return join(env.APPDATA || join(home, 'AppData', 'Roaming'), FOLDER);
  // The XDG base directory specification: a relative path there is invalid and must be ignored.
  const xdg = env.XDG_DATA_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, '.local', 'share'), FOLDER);
}
