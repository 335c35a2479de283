import type { AppOptions } from '../app/app.ts';
import type { AppCore } from '../app/app-core.ts';
import type { JsonEvent } from '../app/json-events.ts';
import type { Output } from '../base/output.ts';
import type { HostName, RunOptions } from './cli/run-options.ts';

/** Replaceable parts of the program. The entry point supplies the real ones, and tests supply fakes. */
export interface Program {
  version: string;
  /** Folder of the window's page. */
  pageRoot: string;
  /** Folder of the pages that a relay serves. */
  webRoot: string;
  createApp(options: AppOptions): Promise<AppCore>;
  host(options: RunOptions): Promise<Shell>;
}

/** A host that shows the app's window: Electron or the browser. */
export interface Shell {
  readonly name: HostName;
  /** Called first, before the data folder exists. */
  prepare(options: RunOptions): Promise<void>;
  /** Shows the window. */
  start(context: ShellContext): Promise<RunningShell>;
  /** Shows an error to a user who did not start the program from a terminal. */
  showError?(message: string): void;
  /** Exits the process. */
  exit(code: number): void;
}

/** The parts of the app that a host needs to show the window. */
export interface ShellContext {
  options: RunOptions;
  version: string;
  pageRoot: string;
  core: AppCore;
  output: Output<JsonEvent>;
  /** Called when the user has closed the last window or chosen Quit. */
  quit(): void;
  /** Called when the window has failed permanently. */
  fail(error: Error): void;
}

/** A running host with a visible window. */
export interface RunningShell {
  /** URL of the window's page. */
  readonly url: string;
  /** Brings the window to the front. Called when the program is started a second time. */
  show(): void;
  close(): Promise<void>;
}
