import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newDataDir } from './app-process.ts';
import { type Program, run } from './processes.ts';
import { waitFor } from './wait.ts';

/** A relay in a separate process on loopback, started from the built command-line program. */
export interface RelayProcess {
  program: Program;
  dataDir: string;
  /** The base URL of the pages, ending with `/`. */
  url: string;
  /** The address for WebTransport; null if the WebTransport addon does not load. */
  webTransport: string | null;
  endpointId: string;
  /** The `--json` events so far. */
  events: Record<string, unknown>[];
}

/**
 * The path of Node's executable. If Node runs with a newer C library, `process.execPath` is that library's
 * loader instead.
 */
const NODE = process.env.NODE_PROGRAM ?? process.execPath;
const BUILD = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/main/cli.cjs', import.meta.url));
/**
 * A program that runs another program with a newer C library, for systems whose own is too old for the
 * WebTransport addon.
 */
const NEWER_C_LIBRARY = process.env.NEWER_C_LIBRARY;

/** Builds the program and starts a relay. `options` defaults to `--dev`, with private addresses allowed. */
export async function startRelayProcess(
  given: {
    options?: readonly string[];
    dataDir?: string;
    httpBind?: string;
    irohBind?: string;
    env?: NodeJS.ProcessEnv;
  } = {},
): Promise<RelayProcess> {
  await promisify(execFile)(NODE, [BUILD]);
  const dataDir = given.dataDir ?? newDataDir();
  const command = NEWER_C_LIBRARY ? [NEWER_C_LIBRARY, NODE] : [NODE];
  const [first = NODE, ...rest] = command;
  const args = [
    ...rest,
    ...[CLI, 'relay', '--json', '--data-dir', dataDir],
    ...['--http-bind', given.httpBind ?? '127.0.0.1:0', '--bind', '127.0.0.1:0'],
    ...['--iroh-relay', 'disabled', '--iroh-bind', given.irohBind ?? '127.0.0.1:0'],
    ...(given.options ?? ['--dev', '--allow-private-addresses']),
  ];
  const program = run(first, args, { env: given.env ?? {} });
  const events: Record<string, unknown>[] = [];
  program.onLine((line) => events.push(JSON.parse(line)));
  const ready = await waitFor(
    'the relay',
    () => {
      if (program.child.exitCode !== null) throw new Error(`the relay exited: ${program.stderr()}`);
      return events.find(({ event }) => event === 'ready');
    },
    20_000,
  );
  return {
    program,
    dataDir,
    url: new URL('/', String(ready.http)).href,
    webTransport: typeof ready.webTransport === 'string' ? ready.webTransport : null,
    endpointId: String(ready.endpointId),
    events,
  };
}
