import { app } from 'electron';
import { applicationArguments } from '../cli/application-arguments.ts';

/** Returns the application's arguments from the command line of this Electron process. */
export function electronArguments(): string[] {
  return applicationArguments(process.argv, app.isPackaged ? [] : [app.getAppPath(), __filename]);
}
