import { app } from 'electron';
import { ownArguments } from '../cli/own-arguments.ts';

/** The arguments that are the application's own. */
export function electronArguments(): string[] {
  return ownArguments(process.argv, app.isPackaged ? [] : [app.getAppPath(), __filename]);
}
