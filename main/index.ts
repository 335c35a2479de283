import './base/node-features.ts';
import { join } from 'node:path';
import { USAGE } from './base/exit-status.ts';
import { limitHeapGrowth } from './base/heap-limits.ts';
import { disableNativeBacktraces } from './base/native-backtraces.ts';
import type { RunOptions } from './host/cli/run-options.ts';
import { runProgram } from './host/run.ts';
import type { Shell } from './host/shell.ts';

/** Set by the build: the version from package.json, and whether this is the bundle for Electron. */
declare const APP_VERSION: string;
declare const IN_ELECTRON: boolean;

/** Creates the host. The Electron program can also run the browser host. */
async function pickHost(options: RunOptions): Promise<Shell> {
  if (IN_ELECTRON && options.host !== 'browser')
    return (await import('./host/electron/electron-shell.ts')).electronShell();
  return (await import('./host/browser/browser-shell.ts')).browserShell();
}

async function commandLineArguments(): Promise<string[]> {
  if (!IN_ELECTRON) return process.argv.slice(2);
  if (process.type !== 'browser') {
    // Either Electron is running this bundle as plain Node, or Node itself is running it.
    process.stderr.write('This is the bundle for Electron. Node runs cli.cjs.\n');
    process.exit(USAGE);
  }
  return (await import('./host/electron/electron-arguments.ts')).electronArguments();
}

disableNativeBacktraces();
void commandLineArguments().then((args) =>
  runProgram(
    {
      version: APP_VERSION,
      pageRoot: join(__dirname, '../renderer'),
      webRoot: join(__dirname, '../web'),
      createApp: async (options) => {
        limitHeapGrowth();
        // Imported on demand, so that `--help` does not load the iroh addon.
        return (await import('./app/app.ts')).createApp(options);
      },
      host: pickHost,
    },
    args,
  ),
);
