import { join } from 'node:path';
import type { RunOptions } from './host/cli/options.ts';
import { becomeNode, relayArguments } from './host/electron/electron-as-node.ts';
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

/** Whether this process is Electron itself, rather than Electron running as plain Node. */
const isElectron = IN_ELECTRON && process.env.ELECTRON_RUN_AS_NODE === undefined;
const relay = isElectron ? relayArguments(process.argv, __filename) : undefined;
if (relay) becomeNode(__filename, relay);

async function commandLineArguments(): Promise<string[]> {
  return isElectron
    ? (await import('./host/electron/electron-arguments.ts')).electronArguments()
    : process.argv.slice(2);
}

void commandLineArguments().then((args) =>
  runProgram(
    {
      version: APP_VERSION,
      pageRoot: join(__dirname, '../renderer'),
      webRoot: join(__dirname, '../web'),
      // Imported on demand, so that `--help` does not load the iroh addon.
      createApp: async (options) => (await import('./app/app.ts')).createApp(options),
      host: pickHost,
    },
    args,
  ),
);
