import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { app } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { defaultDataDir } from '../../base/paths.ts';

/**
 * Makes Chromium run without a display. Chromium reads this switch before it runs any JavaScript, so the
 * process must be started with it.
 */
const HEADLESS = '--ozone-platform=headless';
/**
 * The first major version of Electron that is known to run on Chromium's headless platform
 * (electron/electron#53722). Electron 22, which runs the tests, crashes on that platform and uses a display.
 */
const HEADLESS_ELECTRON = 40;

/**
 * Prepares this Electron process to run the relay without a window, because a fuse keeps an installed app
 * from running as plain Node. On Linux, the process restarts on Chromium's headless platform, because
 * Chromium otherwise requires a display. Resolves when Chromium is ready.
 */
export async function runWithoutWindow(): Promise<void> {
  const canBeHeadless = Number.parseInt(process.versions.electron ?? '0', 10) >= HEADLESS_ELECTRON;
  if (process.platform === 'linux' && canBeHeadless && !process.argv.includes(HEADLESS))
    restartWith(HEADLESS);
  app.disableHardwareAcceleration();
  app.commandLine.appendSwitch('disable-software-rasterizer');
  app.dock?.hide();
  // The relay uses a separate Chromium profile, because the window's profile may be in use. The relay needs
  // nothing that Chromium stores there.
  app.setPath('userData', join(defaultDataDir(), 'without-window'));
  // Signal handlers must be added after Chromium is ready, so that they replace Chromium's own, which would end
  // the process immediately.
  await app.whenReady();
}

/** Restarts this process with an additional switch. Does not return. */
function restartWith(addition: string): never {
  const args = [addition, ...process.argv.slice(1)];
  if (typeof process.execve === 'function') {
    try {
      process.execve(process.execPath, [process.execPath, ...args], process.env);
    } catch (error) {
      log.debug(`execve: ${messageOf(error)}`);
    }
  }
  // Older Node versions lack `execve`, so a child process runs the program instead. If this process is
  // killed, the child process detects that and exits.
  const env = { ...process.env, IROH_LIVE_PARENT: String(process.pid) };
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env });
  process.exit(status ?? 1);
}
