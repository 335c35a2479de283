import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { newDataDir } from '../../tests/support/app-process.ts';
import { type CensusProbe, makeCensusProbe } from '../../tests/support/census.ts';
import { type Program, run } from '../../tests/support/processes.ts';
import { waitFor } from '../../tests/support/wait.ts';

const START_MS = 30_000;

/** An app that runs without a browser, on loopback and without iroh relays. */
export interface HeadlessApp {
  readonly name: string;
  readonly program: Program;
  readonly probe: CensusProbe;
  /** All `--json` events so far, oldest first. */
  readonly events: readonly JsonEvent[];
  /** The address of the app's window. */
  readonly url: string;
}

/** Builds the app that `startHeadlessApp` runs. */
export async function buildHeadlessApp(): Promise<void> {
  await promisify(execFile)(process.execPath, [pathOf('../../scripts/build.mjs')]);
}

/**
 * Starts an app and waits until it is ready.
 *
 * @param name the app's name in error messages
 * @param nodeFlags additional flags for Node
 * @throws Error if the app ends, or is not ready within 30 s
 */
export async function startHeadlessApp(
  name: string,
  nodeFlags: readonly string[] = [],
): Promise<HeadlessApp> {
  const probe = makeCensusProbe();
  const program = run(
    process.execPath,
    [
      ...nodeFlags,
      pathOf('../../dist/main/cli.cjs'),
      ...['--host', 'browser', '--no-open', '--json', '--data-dir', newDataDir()],
      ...['--iroh-relay', 'disabled', '--iroh-bind', '127.0.0.1:0'],
    ],
    { env: probe.env },
  );
  const events: JsonEvent[] = [];
  program.onLine((line) => events.push(JSON.parse(line) as JsonEvent));
  const app = { name, program, probe, events, url: '' };
  return { ...app, url: (await waitForEvent(app, 'ready')).url };
}

/**
 * Waits for an app's first event of a kind.
 *
 * @throws Error if the app ends, or the event is not printed within 30 s
 */
export async function waitForEvent<K extends JsonEvent['event']>(
  { name, program, events }: HeadlessApp,
  kind: K,
): Promise<Extract<JsonEvent, { event: K }>> {
  const find = () => events.find((event): event is Extract<JsonEvent, { event: K }> => event.event === kind);
  return waitFor(`${name}: ${kind}`, () => find() ?? checkRunning(program), START_MS);
}

/**
 * Starts one of the bench's programs and waits until it prints its first line.
 *
 * @param file absolute path of a TypeScript file
 * @throws Error if the program ends, or prints nothing within 30 s
 */
export async function startBenchProgram(file: string, args: readonly string[]): Promise<Program> {
  const program = run(process.execPath, ['--no-warnings', file, ...args], { stdin: 'pipe' });
  let ready = false;
  program.onLine(() => {
    ready = true;
  });
  await waitFor(`${file} is ready`, () => ready || checkRunning(program), START_MS);
  return program;
}

/**
 * Returns undefined while a program runs.
 *
 * @throws Error with the program's output if it has ended
 */
export function checkRunning({ child, stderr }: Program): undefined {
  if (child.exitCode !== null) throw new Error(`a program ended: ${stderr()}`);
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
