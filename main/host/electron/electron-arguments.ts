import { app } from 'electron';
import { applicationArguments } from '../cli/application-arguments.ts';

/** Returns the application's arguments from this Electron process's command line. */
export function electronArguments(): string[] {
  return applicationArguments(process.argv, app.isPackaged ? [] : [app.getAppPath(), __filename]);
}
