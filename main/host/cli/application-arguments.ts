import { resolve } from 'node:path';
import { programOptionNames } from './options.ts';

/**
 * Command-line switches of Chromium and Electron. A packaged app receives them together with its own options
 * and must remove them, because its parser rejects unknown options. The app's own options must be matched
 * first, because `--auto-accept` also begins with `--auto-`.
 */
const chromiumSwitch =
  /^(--(no-sandbox|headless|inspect|remote-debugging-|disable-|enable-|use-|ozone-|force-|auto-|js-flags|log-net|v=|vmodule|password-store|gtk-version|allow-file-access)|-psn_)/;

/**
 * Extracts the application's arguments from Electron's command line.
 *
 * @param programs absolute paths at which Electron can find the app. If the command line contains one of
 *   them, the application's arguments follow it
 */
export function applicationArguments(argv: readonly string[], programs: readonly string[]): string[] {
  const at = argv.findIndex((arg, index) => index > 0 && programs.includes(resolve(arg)));
  const names = programOptionNames();
  const isOwn = (arg: string) => names.some((name) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  return argv.slice(Math.max(at, 0) + 1).filter((arg) => isOwn(arg) || !chromiumSwitch.test(arg));
}
