// `npm run dev [-- app options]`: runs the app in either host and rebuilds it on every save. A change to the
// window's code reloads the window; any other change restarts the main process.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startDevRedirect } from './lib/dev-redirect.mjs';
import { inProject, root } from './lib/project.mjs';
import { requireNode } from './lib/require-node.mjs';
import { watchFolder } from './lib/watch-folder.mjs';

/** How long a folder must remain unchanged before a build starts, in milliseconds. Editors save in several steps. */
const SETTLE_MS = 100;
/**
 * How long the app may take to exit after SIGTERM before it is killed, in milliseconds. It normally exits within 5 s.
 */
const KILL_MS = 8_000;
/** Chromium's usual debugging port, on loopback, where `chrome://inspect` expects it. */
const DEBUGGING_PORT = 9222;
/** Changes in these folders restart the main process. */
const MAIN_FOLDERS = ['main', 'preload', 'common'];
/** Changes in these folders only reload the window. */
const WINDOW_FOLDERS = ['renderer', 'assets'];

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
/** Resolves when all apps that `stopApp` was asked to stop have exited. */
let stopped = Promise.resolve();
/**
 * The window's address in the browser host; null while no app is ready.
 *
 * @type {string | null}
 */
let windowUrl = null;
let opened = false;
let ending = false;
/** Resolves when all requested updates have finished. Updates run one at a time. */
let updates = Promise.resolve();

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => void end());
watchSources(requestUpdate);
requestUpdate(true);

/** @param {boolean} restart whether the main process has changed */
function requestUpdate(restart) {
  updates = updates.then(() => update(restart)).catch((error) => console.error(error));
}

/**
 * Rebuilds the app, and starts or restarts it if necessary. An open page reloads itself after each build.
 *
 * @param {boolean} restart
 */
async function update(restart) {
  if (ending) return;
  // From now on, pages that detect the new build wait until the app has restarted.
  if (restart) redirect?.clear();
  if (!(await rebuild())) {
    console.error(`The build failed; ${app ? 'the last build keeps running' : 'waiting for a change'}.`);
    if (windowUrl) redirect?.set(windowUrl);
    return;
  }
  if (ending || (app && !restart)) return;
  await stopApp();
  if (!ending) startApp();
}

/** Builds the app. Returns false, after printing the error, if a source does not compile. */
async function rebuild() {
  const startMs = Date.now();
  try {
    await build({ outdir, development: true, reloadFrom: redirect?.url ?? '' });
    console.error(`Built in ${((Date.now() - startMs) / 1000).toFixed(1)} s.`);
    return true;
  } catch (error) {
    // esbuild has already printed the errors in the sources.
    if (!Array.isArray(error.errors)) console.error(error);
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
  /** @param {string} message */
  const onEnd = (message) => {
    if (app !== child) return;
    forgetApp();
    console.error(`${message}. It restarts after the next change.`);
  };
  child.once('error', (error) => onEnd(`The app could not be started (${error.message})`));
  child.once('exit', (code, signal) => onEnd(`The app exited (${signal ?? code})`));
}

/** Discards the app that has exited. From now on, pages wait for the next app. */
function forgetApp() {
  app = null;
  windowUrl = null;
  redirect?.clear();
}

/**
 * Reads the window's address from the app's JSON events, and prints it. Prints the events themselves if the arguments
 * contain `--json`.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function readEvents(child) {
  if (!child.stdout) return;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line);
    if (args.includes('--json') || !event) console.log(line);
    if (event?.event !== 'ready' || app !== child) return;
    if (!args.includes('--json')) console.log(`Iroh Live is at ${event.url}`);
    opened = true;
    windowUrl = event.url;
    redirect?.set(event.url);
  });
}

/** @param {string} line */
function parseEvent(line) {
  try {
    return JSON.parse(line);
  } catch {
    // The line is output from a library, not a JSON event.
    return null;
  }
}

/** Stops the app. Resolves when its process has exited. */
function stopApp() {
  const child = app;
  if (child) {
    forgetApp();
    stopped = terminate(child);
  }
  return stopped;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<void>}
 */
function terminate(child) {
  return new Promise((done) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      done();
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
 * Watches the sources. Calls `onChange` once for each burst of changes.
 *
 * @param {(restart: boolean) => void} onChange `restart`: whether the main process has changed
 */
function watchSources(onChange) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let restart = false;
  for (const folder of [...MAIN_FOLDERS, ...WINDOW_FOLDERS]) {
    watchFolder(inProject(folder), () => {
      restart ||= MAIN_FOLDERS.includes(folder);
      clearTimeout(timer);
      timer = setTimeout(() => {
        onChange(restart);
        restart = false;
      }, SETTLE_MS);
    });
  }
}

/**
 * Returns the value of `--host`; null if it is not given or invalid. The app itself rejects invalid values.
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
