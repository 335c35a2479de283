import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that a test runs in a process group of its own. */
export interface Program {
  child: ChildProcess;
  /** The last 8,000 characters of stderr. */
  stderr(): string;
  /** Calls `listener` with each further line of stdout. */
  onLine(listener: (line: string) => void): void;
  /**
   * Sends a signal, SIGTERM by default, to the program and its children. Resolves when the program has ended; kills it
   * after 5 s.
   */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<Program>();
const KEPT_CHARS = 8_000;

/** Starts a program; `stopPrograms` ends it. `options.env` is added to the environment of the tests. */
export function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv } = {},
): Program {
  const child = spawn(command, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    // A process group of its own, so that a signal reaches its children too.
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

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Stops all programs that `run` has started in this process. */
export async function stopPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()));
}
