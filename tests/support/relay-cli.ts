import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Program, run } from './processes.ts';
import { waitFor } from './wait.ts';

/** The built command-line program. */
const CLI = fileURLToPath(new URL('../../dist/main/cli.cjs', import.meta.url));
const BUILD = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
const NODE = process.env.NODE_PROGRAM ?? process.execPath;

/** The result of a command that has ended. */
interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface CliOptions {
  env?: NodeJS.ProcessEnv;
  /** The Node executable that runs the program. Default: the one that runs the tests. */
  node?: string;
  /** Options for Node. */
  nodeOptions?: readonly string[];
  /** A program and its options, which are put in front of Node's command line. */
  under?: readonly string[];
}

/** Builds the program unless it has been built already. */
export async function buildCli(): Promise<void> {
  await promisify(execFile)(NODE, [BUILD]);
}

/** Starts `relay` with these arguments in a separate process. */
export function startCli(args: readonly string[], options: CliOptions = {}): Program {
  const { env, node = NODE, nodeOptions = [], under = [] } = options;
  const [command = node, ...rest] = [...under, node, ...nodeOptions, CLI, 'relay', ...args];
  return run(command, rest, env ? { env } : {});
}

/** Runs `relay` with these arguments until it exits. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const program = startCli(args, options);
  const lines: string[] = [];
  program.onLine((line) => lines.push(line));
  const closed = new Promise<void>((done) => program.child.once('close', () => done()));
  await closed;
  return { code: program.child.exitCode, stdout: lines.join('\n'), stderr: program.stderr() };
}

/** Starts a relay with `--json`, waits for its `ready` event, and returns the program and the URLs from that event. */
export async function startReady(
  args: readonly string[],
  options: CliOptions = {},
): Promise<{ program: Program; url: string; webTransport: string | null }> {
  const program = startCli(['--json', ...args], options);
  const lines: string[] = [];
  program.onLine((line) => lines.push(line));
  const ready = await waitFor('the relay', () => {
    if (program.child.exitCode !== null) throw new Error(`the relay exited: ${program.stderr()}`);
    return lines.find((line) => line.includes('"ready"'));
  });
  const { http, webTransport } = JSON.parse(ready);
  return { program, url: String(http), webTransport: webTransport === null ? null : String(webTransport) };
}
