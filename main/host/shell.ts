import type { AppOptions } from '../app/app.ts';
import type { AppCore } from '../app/app-core.ts';
import type { Output } from '../base/output.ts';
import type { HostName, RunOptions } from './cli/options.ts';

/** What the program is made of: the entry point puts it together, tests put in stand-ins. */
export interface Program {
  version: string;
  /** The folder of the window's page. */
  pageRoot: string;
  /** The folder of the pages that a relay serves. */
  webRoot: string;
  createApp(options: AppOptions): Promise<AppCore>;
  host(options: RunOptions): Promise<Shell>;
}

/** A host: how the window is shown. */
export interface Shell {
  readonly name: HostName;
  /** Before anything else is begun, the data folder included. */
  prepare(options: RunOptions): Promise<void>;
  /** Shows the window. */
  start(context: ShellContext): Promise<RunningShell>;
  /** Tells a person who started the program without a terminal. */
  showError?(message: string): void;
  /** Ends the process. */
  exit(code: number): void;
}

export interface ShellContext {
  options: RunOptions;
  version: string;
  pageRoot: string;
  core: AppCore;
  output: Output;
  /** The person is done: closed the last window, chose Quit. */
  quit(): void;
  /** The window cannot go on. */
  fail(error: Error): void;
}

export interface RunningShell {
  /** Where the window's page is. */
  readonly url: string;
  /** Brings the window to the front: a second start asked for it. */
  show(): void;
  close(): Promise<void>;
}
