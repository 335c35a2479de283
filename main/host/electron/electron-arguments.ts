import { app } from 'electron';
import { applicationArguments } from '../cli/application-arguments.ts';

/** The application's arguments of this Electron process. */
export function electronArguments(): string[] {
  return applicationArguments(process.argv, app.isPackaged ? [] : [app.getAppPath(), __filename]);
}
