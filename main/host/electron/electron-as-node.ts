import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';

/**
 * The relay in Electron's program: it needs neither a window nor a display, which Chromium would insist on. So the
 * program becomes the Node that is inside of it, before anything of Chromium's has begun.
 *
 * @param script The bundle, as a file.
 * @returns The arguments from `relay` on, or undefined when something else was asked for.
 */
export function relayArguments(argv: readonly string[], script: string): readonly string[] | undefined {
  const at = argv.indexOf('relay', 1);
  if (at < 0) return undefined;
  // Before it there may be switches, and the application itself when it is not packaged.
  const programs = [script, join(script, '../../..')];
  const before = argv.slice(1, at);
  const first = before.every((argument) => argument.startsWith('-') || programs.includes(resolve(argument)));
  return first ? argv.slice(at) : undefined;
}

/** Runs the script with these arguments in Electron's own Node, in place of this process. Does not return. */
export function becomeNode(script: string, args: readonly string[]): never {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  if (typeof process.execve === 'function') {
    try {
      process.execve(process.execPath, [process.execPath, script, ...args], env);
    } catch (error) {
      log.debug(`execve: ${messageOf(error)}`);
    }
  }
  // Windows, and older ones: a child, which notices by its parent's id should this process be killed.
  const { status } = spawnSync(process.execPath, [script, ...args], {
    stdio: 'inherit',
    env: { ...env, IROH_LIVE_PARENT: String(process.pid) },
  });
  process.exit(status ?? 1);
}
