import { spawn } from 'node:child_process';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/**
 * How long the app may take to exit after a signal before it is killed, in milliseconds. It normally exits within 5
 * s.
 */
const KILL_MS = 8_000;
/** How often this script checks whether the npm process that started it was killed, in milliseconds. */
const POLL_MS = 1_000;

/**
 * Runs a program until it exits, and forwards signals to it. The app also watches this process, and exits if this
 * process is killed.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { signal?: AbortSignal }} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} rejects if the program cannot be started
 */
export function runChild(program, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    /** @type {NodeJS.Timeout | undefined} */
    let killTimer;
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      child.kill(signal);
      killTimer ??= setTimeout(() => child.kill('SIGKILL'), KILL_MS);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const stopWatching = watchParent(() => forward('SIGTERM'));
    const settle = () => {
      clearTimeout(killTimer);
      stopWatching();
      for (const signal of FORWARDED) process.off(signal, forward);
    };
    child.once('error', (error) => {
      // After an abort, the 'exit' event settles the promise.
      if (error.name === 'AbortError') return;
      settle();
      fail(error);
    });
    child.once('exit', (code, signal) => {
      settle();
      done({ code, signal });
    });
  });
}

/**
 * Ends this process with the child's exit status or signal.
 *
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} end
 */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
}

/**
 * Calls `callback` when the parent process has ended, because npm may end without passing on a signal. Has no
 * effect if npm did not start the script, because users may deliberately leave a script running. Returns a
 * function that stops watching.
 *
 * @param {() => void} callback
 */
function watchParent(callback) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  return () => clearInterval(timer);
}
