import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { applicationArguments } from '../cli/application-arguments.ts';
import { isRelayCommandLine } from '../cli/options.ts';

/**
 * Returns the application's arguments if they select the relay; otherwise undefined. The relay needs neither a window
 * nor a display, but Chromium requires a display. The Electron program therefore runs the relay in its embedded Node,
 * before Chromium starts.
 *
 * @param script path of the bundle
 */
export function relayArguments(argv: readonly string[], script: string): readonly string[] | undefined {
  const args = applicationArguments(argv, [script, join(script, '../../..')]);
  return isRelayCommandLine(args) ? args : undefined;
}

/** Replaces this process with Electron's embedded Node, which runs the script with these arguments. Does not return. */
export function becomeNode(script: string, args: readonly string[]): never {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  if (typeof process.execve === 'function') {
    try {
      process.execve(process.execPath, [process.execPath, script, ...args], env);
    } catch (error) {
      log.debug(`execve: ${messageOf(error)}`);
    }
  }
  // On Windows and with older Node versions, a child process runs the script instead. If this process is
  // killed, the child detects that and exits.
  const { status } = spawnSync(process.execPath, [script, ...args], {
    stdio: 'inherit',
    env: { ...env, IROH_LIVE_PARENT: String(process.pid) },
  });
  process.exit(status ?? 1);
}
