import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterEach } from 'vitest';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { newDataDir } from './app-process.ts';
import { watchErrors } from './browser.ts';
import { waitFor } from './wait.ts';

const runtime = process.env.ELECTRON_OVERRIDE_DIST_PATH;

/** Whether an Electron runtime and a display are available. */
export const canRunElectron = Boolean(runtime && process.env.DISPLAY);

/** An app running in Electron, with its window and its `--json` events. */
export interface ElectronApp {
  app: ElectronApplication;
  page: Page;
  /** The `--json` events so far. */
  events: JsonEvent[];
  /** The page's uncaught errors so far. */
  errors: string[];
  /** Returns everything that the app has written to its log so far. */
  stderr(): string;
  /** Waits for the first event of a kind. */
  event<K extends JsonEvent['event']>(kind: K): Promise<Extract<JsonEvent, { event: K }>>;
}

const running: ElectronApplication[] = [];

/** Options for starting an app in Electron. */
export interface ElectronOptions {
  args: readonly string[];
  /** Path of the video file that the fake camera plays. */
  cameraFile?: string;
  /** Path of a script that the main process runs before the app. */
  hook?: string;
  env?: NodeJS.ProcessEnv;
}

/** Returns a function that starts an app in Electron with fake devices. Kills the apps after each test. */
export function useElectron(): (options: ElectronOptions) => Promise<ElectronApp> {
  afterEach(() => {
    for (const app of running.splice(0)) app.process().kill('SIGKILL');
  });
  return async ({ args, cameraFile, hook, env }) => {
    const app = await _electron.launch({
      executablePath: join(runtime ?? '', 'electron'),
      ...(env ? { env: { ...process.env, ...env } as Record<string, string> } : {}),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        ...(cameraFile ? [`--use-file-for-fake-video-capture=${cameraFile}`] : []),
        ...(hook ? ['-r', hook] : []),
        ...['.', '--json', '--data-dir', newDataDir()],
        ...['--iroh-relay', 'disabled', '--iroh-bind', '127.0.0.1:0'],
        ...args,
      ],
    });
    running.push(app);
    const events: JsonEvent[] = [];
    let log = '';
    app.process().stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    let partialLine = '';
    app.process().stdout?.on('data', (chunk: Buffer) => {
      const lines = (partialLine + chunk.toString()).split('\n');
      partialLine = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line) as JsonEvent));
    });
    const page = await app.firstWindow();
    const event = <K extends JsonEvent['event']>(kind: K) =>
      waitFor(
        `${kind} event`,
        () =>
          events.find((candidate): candidate is Extract<JsonEvent, { event: K }> => candidate.event === kind),
        30_000,
      );
    return { app, page, events, errors: watchErrors(page), stderr: () => log, event };
  };
}
