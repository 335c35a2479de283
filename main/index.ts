import { join } from 'node:path';
import type { RunOptions } from './host/cli/options.ts';
import { becomeNode, relayArguments } from './host/electron/electron-as-node.ts';
import { runProgram } from './host/run.ts';
import type { Shell } from './host/shell.ts';

/** Set by the build: package.json's version, and whether this is the bundle that Electron runs. */
declare const APP_VERSION: string;
declare const IN_ELECTRON: boolean;

/** Picks the host; nothing else. Electron's program can serve the browser host as well. */
async function pickHost(options: RunOptions): Promise<Shell> {
  if (IN_ELECTRON && options.host !== 'browser')
    return (await import('./host/electron/electron-shell.ts')).electronShell();
  return (await import('./host/browser/browser-shell.ts')).browserShell();
}

/** Whether this is Electron with a window to come, and not the Node inside of it. */
const isElectron = IN_ELECTRON && process.env.ELECTRON_RUN_AS_NODE === undefined;
const relay = isElectron ? relayArguments(process.argv, __filename) : undefined;
if (relay) becomeNode(__filename, relay);

async function ownArguments(): Promise<string[]> {
  return isElectron
    ? (await import('./host/electron/electron-arguments.ts')).electronArguments()
    : process.argv.slice(2);
}

void ownArguments().then((args) =>
  runProgram(
    {
      version: APP_VERSION,
      pageRoot: join(__dirname, '../renderer'),
      webRoot: join(__dirname, '../web'),
      // Not before it is needed: --help does not load the iroh addon.
      createApp: async (options) => (await import('./app/app.ts')).createApp(options),
      host: pickHost,
    },
    args,
  ),
);
