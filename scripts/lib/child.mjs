import { spawn } from 'node:child_process';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/** The application ends within 5 s of being asked; then it is made to. */
const KILL_MS = 8_000;
/** How soon this script notices that npm, which ran it, was killed. */
const POLL_MS = 1_000;

/**
 * Runs a program to its end: signals pass to it, and it does not outlive this process if that can be helped (the
 * application watches this process by itself as well).
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { signal?: AbortSignal }} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} rejects when it cannot be started
 */
export function runChild(program, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    /** @type {NodeJS.Timeout | undefined} */
    let killTimer;
    const pass = (/** @type {NodeJS.Signals} */ signal) => {
      child.kill(signal);
      killTimer ??= setTimeout(() => child.kill('SIGKILL'), KILL_MS);
    };
    for (const signal of FORWARDED) process.on(signal, pass);
    const stopWatching = watchParent(() => pass('SIGTERM'));
    const settle = () => {
      clearTimeout(killTimer);
      stopWatching();
      for (const signal of FORWARDED) process.off(signal, pass);
    };
    child.once('error', (error) => {
      // An abort is seen by its exit.
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
 * Ends this process the way the child ended.
 *
 * @param {{ code: number | null, signal: NodeJS.Signals | null }} end
 */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
}

/**
 * npm passes signals to the shell that it runs scripts in, which may end without passing them on, and a killed npm
 * passes nothing. Only under npm: whoever starts this script by hand may leave it running on purpose.
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
