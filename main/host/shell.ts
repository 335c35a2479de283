import type { AppOptions } from '../app/app.ts';
import type { AppCore } from '../app/app-core.ts';
import type { JsonEvent } from '../app/json-events.ts';
import type { Output } from '../base/output.ts';
import type { HostName, RunOptions } from './cli/options.ts';

/** Parts of the program. The entry point supplies the real ones, tests supply fakes. */
export interface Program {
  version: string;
  /** Folder of the window's page. */
  pageRoot: string;
  /** Folder of the pages that a relay serves. */
  webRoot: string;
  createApp(options: AppOptions): Promise<AppCore>;
  host(options: RunOptions): Promise<Shell>;
}

/** A host of the window: Electron or the browser. */
export interface Shell {
  readonly name: HostName;
  /** Called first, before the data folder exists. */
  prepare(options: RunOptions): Promise<void>;
  /** Shows the window. */
  start(context: ShellContext): Promise<RunningShell>;
  /** Shows an error to a user who has started the program without a terminal. */
  showError?(message: string): void;
  /** Ends the process. */
  exit(code: number): void;
}

/** What a host needs to show the window. */
export interface ShellContext {
  options: RunOptions;
  version: string;
  pageRoot: string;
  core: AppCore;
  output: Output<JsonEvent>;
  /** The user has closed the last window or chosen Quit. */
  quit(): void;
  /** The window has failed for good. */
  fail(error: Error): void;
}

/** A host whose window is shown. */
export interface RunningShell {
  /** URL of the window's page. */
  readonly url: string;
  /** Brings the window to the front after a second start of the program. */
  show(): void;
  close(): Promise<void>;
}
