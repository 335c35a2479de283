import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that a test runs; it is ended, with its children, when the test ends. */
export interface Program {
  child: ChildProcess;
  /** The last lines of what it wrote to stderr, for failures. */
  errors(): string;
  /** Lines of stdout as they come. */
  onLine(listener: (line: string) => void): void;
  /** SIGTERM by default; resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<Program>();
const KEPT_CHARS = 8_000;

export function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv } = {},
): Program {
  const child = spawn(command, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    // A group of its own, so that its children end with it.
    detached: true,
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-KEPT_CHARS);
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const listeners: ((line: string) => void)[] = [];
  lines.on('line', (line) => {
    for (const listener of listeners) listener(line);
  });
  const program: Program = {
    child,
    errors: () => errors,
    onLine: (listener) => void listeners.push(listener),
    async stop(signal = 'SIGTERM') {
      running.delete(program);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      kill(child, signal);
      const force = setTimeout(() => kill(child, 'SIGKILL'), 5_000);
      await gone;
      clearTimeout(force);
    },
  };
  child.on('error', (error) => {
    errors += String(error);
  });
  running.add(program);
  return program;
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export async function stopPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()));
}
