import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { app } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { defaultDataDir } from '../../base/paths.ts';

/** Makes Chromium run without a display. It reads this switch before it runs any JavaScript. */
const HEADLESS = '--ozone-platform=headless';
/**
 * The first version of Electron that is known to run on the headless platform (electron/electron#53722). The test runtime,
 * Electron 22, crashes on it, and uses a display instead.
 */
const HEADLESS_ELECTRON = 40;

/**
 * Turns this Electron process into one without a window, for the relay. An installed app cannot run as plain Node,
 * because the fuse for that is off. Resolves when Chromium is ready. On Linux, where Chromium would otherwise require a
 * display, the process first replaces itself with one on Chromium's headless platform.
 */
export async function runWithoutWindow(): Promise<void> {
  const canBeHeadless = Number.parseInt(process.versions.electron ?? '0', 10) >= HEADLESS_ELECTRON;
  if (process.platform === 'linux' && canBeHeadless && !process.argv.includes(HEADLESS))
    restartWith(HEADLESS);
  app.disableHardwareAcceleration();
  app.commandLine.appendSwitch('disable-software-rasterizer');
  app.dock?.hide();
  // Chromium stores nothing that the relay needs. The window's profile may be in use.
  app.setPath('userData', join(defaultDataDir(), 'without-window'));
  // Signal handlers that are added after this point replace Chromium's, which would end the process at once.
  await app.whenReady();
}

/** Replaces this process with one that has an additional switch. Does not return. */
function restartWith(addition: string): never {
  const args = [addition, ...process.argv.slice(1)];
  if (typeof process.execve === 'function') {
    try {
      process.execve(process.execPath, [process.execPath, ...args], process.env);
    } catch (error) {
      log.debug(`execve: ${messageOf(error)}`);
    }
  }
  // With older Node versions, a child process takes over instead. If this process is killed, the child detects that and
  // exits.
  const env = { ...process.env, IROH_LIVE_PARENT: String(process.pid) };
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env });
  process.exit(status ?? 1);
}
