import { resolve } from 'node:path';
import { optionNames } from './options.ts';

/**
 * Switches for Chromium and Electron themselves. In a packaged app they stand among our own options, which refuse
 * what they do not know. Our own go first: `--auto-accept` looks like one of Chromium's.
 */
const foreign =
  /^(--(no-sandbox|headless|inspect|remote-debugging-|disable-|enable-|use-|ozone-|force-|auto-|js-flags|log-net|v=|vmodule|password-store|gtk-version|allow-file-access)|-psn_)/;

/** `programs`: what Electron was told to run, when that stands among the arguments. */
export function ownArguments(argv: readonly string[], programs: readonly string[]): string[] {
  const at = argv.findIndex((arg, index) => index > 0 && programs.includes(resolve(arg)));
  return argv.slice(Math.max(at, 0) + 1).filter((arg) => isOwn(arg) || !foreign.test(arg));
}

function isOwn(arg: string): boolean {
  return optionNames.some((name) => arg === `--${name}` || arg.startsWith(`--${name}=`));
}
