import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { type Program, run } from './processes.ts';
import { waitFor } from './wait.ts';

/** The app in a separate process, started with `--json` but otherwise as a user would start it. */
export interface AppProcess {
  program: Program;
  dataDir: string;
  events: JsonEvent[];
  /** Lines on stdout that are not JSON. There should be none. */
  noise: string[];
  ready: Extract<JsonEvent, { event: 'ready' }>;
  /** Waits for the first event of a kind, searching from index `from` in `events`. */
  event<K extends JsonEvent['event']>(
    kind: K,
    timeoutMs?: number,
    from?: number,
  ): Promise<Extract<JsonEvent, { event: K }>>;
}

const folders = new Set<string>();

/** Creates a data folder, which `removeDataDirs` removes. */
export function newDataDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'iroh-live-e2e-'));
  folders.add(folder);
  return folder;
}

/** Removes all data folders. */
export function removeDataDirs(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

/** Starts the app on loopback without an iroh relay, and waits until it is ready. */
export async function startAppProcess(
  options: {
    dataDir?: string;
    args?: readonly string[];
    host?: 'browser' | 'electron';
    bind?: string;
    env?: NodeJS.ProcessEnv;
  } = {},
): Promise<AppProcess> {
  const dataDir = options.dataDir ?? newDataDir();
  const host = options.host ?? 'browser';
  const args = [
    ...['scripts/start.mjs', '--host', host, '--json', ...(host === 'browser' ? ['--no-open'] : [])],
    ...['--data-dir', dataDir, '--iroh-relay', 'disabled', '--iroh-bind', options.bind ?? '127.0.0.1:0'],
    ...(options.args ?? []),
  ];
  const program = run('node', args, { env: options.env ?? {} });
  const events: JsonEvent[] = [];
  const noise: string[] = [];
  program.onLine((line) => {
    try {
      events.push(JSON.parse(line) as JsonEvent);
    } catch {
      noise.push(line);
    }
  });
  const event = <K extends JsonEvent['event']>(kind: K, timeoutMs = 20_000, from = 0) =>
    waitFor(
      `${kind} event`,
      () => {
        if (program.child.exitCode !== null) throw new Error(`the app ended: ${program.stderr()}`);
        return events
          .slice(from)
          .find((candidate): candidate is Extract<JsonEvent, { event: K }> => candidate.event === kind);
      },
      timeoutMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${program.stderr()}`);
    });
  // The first start on a machine builds the app. Later starts take a second.
  const ready = await event('ready', 120_000);
  return { program, dataDir, events, noise, ready, event };
}
