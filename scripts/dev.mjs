// `npm run dev [-- options of the app]`: runs the app from a development build. A saved file rebuilds it: a change of the
// window reloads the window, any other change restarts the main process. Works in both hosts; Ctrl-C ends it.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { createInterface } from 'node:readline';
import { startDevRedirect } from './lib/dev-redirect.mjs';
import { inProject, root } from './lib/project.mjs';
import { requireNode } from './lib/require-node.mjs';

/** Editors save in several steps; the build starts when a folder has been quiet for this long. */
const SETTLE_MS = 100;
/** The app closes within 5 s; after that it is killed. */
const KILL_MS = 8_000;
/** Chromium's usual debugging port, on loopback; `chrome://inspect` looks for it. */
const DEBUGGING_PORT = 9222;
/** Changes in these folders restart the main process; changes in `renderer/` only reload the window. */
const MAIN_FOLDERS = ['main', 'preload', 'common'];

requireNode();
const { ensureInstalled, nodeProgram } = await import('./lib/install.mjs');
await ensureInstalled();
const { build } = await import('./lib/bundle.mjs');
const { chooseHost } = await import('./lib/host.mjs');

const args = process.argv.slice(2);
const outdir = inProject('dist.development');
const node = await nodeProgram();
const host = await chooseHost(forcedHost(args), node);
const redirect = host.name === 'browser' ? await startDevRedirect() : null;
/** @type {import('node:child_process').ChildProcess | null} */
let app = null;
let opened = false;
let ending = false;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => void end());
if (await rebuild()) startApp();
watchSources(async (restart) => {
  if (!(await rebuild()) || ending) return;
  // The page polls its build id and reloads by itself.
  if (!restart && app) return;
  redirect?.clear();
  await stopApp();
  if (!ending) startApp();
});

/** Builds; false, with the error printed, when a source does not compile. */
async function rebuild() {
  const startMs = Date.now();
  try {
    await build({ outdir, development: true, reloadFrom: redirect?.url ?? '' });
    console.error(`Built in ${((Date.now() - startMs) / 1000).toFixed(1)} s.`);
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

function startApp() {
  const env = { ...process.env, IROH_LIVE_PARENT: String(process.pid) };
  if (host.name === 'electron') {
    const sandbox = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const flags = [...sandbox, `--remote-debugging-port=${DEBUGGING_PORT}`];
    const entry = inProject('dist.development', 'main', 'electron.cjs');
    app = spawn(host.program, [...flags, entry, ...args], { cwd: root, env, stdio: 'inherit' });
  } else {
    const options = opened || args.includes('--no-open') ? ['--no-open'] : [];
    const all = [...args.filter((argument) => argument !== '--no-open'), ...options, '--json'];
    app = spawn(node, [inProject('dist.development', 'main', 'cli.cjs'), ...all], {
      env,
      stdio: ['inherit', 'pipe', 'inherit'],
    });
    readEvents(app);
  }
  const child = app;
  child.once('exit', (code, signal) => {
    if (app !== child) return;
    app = null;
    console.error(`The app ended (${signal ?? code}); it starts again after the next change.`);
  });
}

/**
 * Prints the app's JSON events, and reads the address of the window from them.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function readEvents(child) {
  if (!child.stdout) return;
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line);
    const event = parseEvent(line);
    if (event?.event !== 'ready') return;
    opened = true;
    redirect?.set(event.url);
  });
}

/** @param {string} line */
function parseEvent(line) {
  try {
    return JSON.parse(line);
  } catch {
    // Not an event: a library printed it.
    return null;
  }
}

async function stopApp() {
  const child = app;
  app = null;
  if (!child || child.exitCode !== null) return;
  await new Promise((done) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      done(undefined);
    });
    child.kill('SIGTERM');
  });
}

async function end() {
  if (ending) return;
  ending = true;
  await stopApp();
  redirect?.close();
  process.exit(0);
}

/**
 * Calls back after each burst of changes, one call at a time.
 *
 * @param {(restart: boolean) => Promise<void>} onChange `restart`: the main process changed too
 */
function watchSources(onChange) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let restart = false;
  let running = Promise.resolve();
  for (const folder of [...MAIN_FOLDERS, 'renderer']) {
    watch(inProject(folder), { recursive: true }, () => {
      restart ||= folder !== 'renderer';
      clearTimeout(timer);
      timer = setTimeout(() => {
        const needed = restart;
        restart = false;
        running = running.then(() => onChange(needed)).catch((error) => console.error(error));
      }, SETTLE_MS);
    });
  }
}

/**
 * The value of `--host`, or null. The app itself rejects values that do not exist.
 *
 * @param {string[]} given
 * @returns {'electron' | 'browser' | null}
 */
function forcedHost(given) {
  const value = given.find((argument) => argument.startsWith('--host='))?.slice('--host='.length);
  const next = value ?? given[given.indexOf('--host') + 1];
  return given.some((argument) => argument.startsWith('--host')) &&
    (next === 'electron' || next === 'browser')
    ? next
    : null;
}
