import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

/** A program that a test runs in its own process group. */
export interface Program {
  child: ChildProcess;
  /** The last 8,000 characters of stderr. */
  stderr(): string;
  /** Calls `listener` with each new line of stdout. */
  onLine(listener: (line: string) => void): void;
  /**
   * Sends a signal, by default SIGTERM, to the program and its children. Resolves once the program has ended;
   * kills it after 5 s.
   */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<Program>();
const KEPT_CHARS = 8_000;

/**
 * Starts a program, which `stopPrograms` stops. `options.env` is added to the tests' environment. `options.stdin` is
 * `pipe` if the test writes to the program's stdin.
 */
export function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; stdin?: 'ignore' | 'pipe' } = {},
): Program {
  const child = spawn(command, [...args], {
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    // The program gets its own process group, so that signals also reach its children.
    detached: true,
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-KEPT_CHARS);
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const listeners: ((line: string) => void)[] = [];
  lines.on('line', (line) => {
    for (const listener of listeners) listener(line);
  });
  const program: Program = {
    child,
    stderr: () => stderr,
    onLine: (listener) => void listeners.push(listener),
    async stop(signal = 'SIGTERM') {
      running.delete(program);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      signalGroup(child, signal);
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), 5_000);
      await exited;
      clearTimeout(timer);
    },
  };
  child.on('error', (error) => {
    stderr += String(error);
  });
  running.add(program);
  return program;
}

/** Whether a program is on PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Stops all programs that `run` started in this process. */
export async function stopPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()));
}
