import { url as inspectorUrl } from 'node:inspector';
import { app } from 'electron';
import { USAGE } from '../../base/exit-status.ts';
import { applicationArguments } from '../cli/application-arguments.ts';
import { isRelayCommandLine } from '../cli/options.ts';
import { debuggingRequests } from './debugging.ts';
import { runWithoutWindow } from './without-window.ts';

/**
 * Returns the application's arguments from this Electron process's command line. If the arguments start the
 * relay, first prepares the process to run without a window. An installed app exits if the command line or
 * the environment enables a debugger.
 */
export async function electronArguments(): Promise<string[]> {
  if (app.isPackaged) refuseDebuggers();
  const args = applicationArguments(process.argv, app.isPackaged ? [] : [app.getAppPath(), __filename]);
  if (isRelayCommandLine(args)) await runWithoutWindow();
  return args;
}

function refuseDebuggers(): void {
  // The variable had no effect on this process, which runs as Electron. It is deleted so that it does not
  // affect child processes either.
  delete process.env.ELECTRON_RUN_AS_NODE;
  const { argv, env, platform } = process;
  const hasSwitch = (name: string): boolean => app.commandLine.hasSwitch(name);
  const found = debuggingRequests({
    argv,
    env,
    platform,
    hasSwitch,
    inspecting: inspectorUrl() !== undefined,
  });
  if (found.length === 0) return;
  const message = `An installed app cannot be debugged: remove ${found.join(', ')}`;
  process.stderr.write(`${message}.\n`);
  if (argv.includes('--json')) process.stdout.write(`${JSON.stringify({ event: 'error', message })}\n`);
  // Chromium's debugging server has not started yet. Exiting now prevents it from starting.
  process.exit(USAGE);
}
