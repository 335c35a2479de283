import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withFileLock } from '../../main/base/file-lock.mjs';
import { findBrowserTests } from './browser-tests.mjs';
import { runChild } from './child.mjs';
import { installCommand } from './debian.mjs';
import { exists, findProgram, succeeds } from './programs.mjs';
import { withProgress } from './progress.mjs';
import { inProject } from './project.mjs';
import { printSkipped } from './skipped.mjs';
import { ELECTRON, hasDisplay, installTestPackages, SHARED } from './test-packages.mjs';
import { findPeers } from './test-peers.mjs';

/**
 * Sets up the programs that the tests need in addition to the npm packages. If a program cannot be set up,
 * the tests that need it are skipped, and a line that begins with SKIPPED gives the reason and a command that
 * may fix it.
 */

/**
 * How long to wait while another process sets up the tests, in milliseconds. Downloads on a slow network take
 * minutes.
 */
const LOCK_MS = 30 * 60_000;
const WINDOW_TESTS = 'tests of the Electron window';

/**
 * @typedef {object} TestSetup
 * @property {Record<string, string>} env environment variables that tell the tests where the programs are
 * @property {string | null} newerLibrary a program that runs a given command with a newer C library
 * @property {string[]} excluded the test files that cannot run, relative to the project folder
 * @property {() => void} close stops the programs that were started for the tests
 */

/**
 * Sets up as much as possible of what the tests need. Concurrent processes take turns.
 *
 * @param {string} node the Node program that runs the tests
 * @returns {Promise<TestSetup>}
 */
export async function setUpTests(node) {
  const folder = join(homedir(), '.cache');
  await mkdir(folder, { recursive: true });
  const found = await withFileLock(join(folder, 'iroh-live-test-setup.lock'), () => findPrograms(node), {
    timeoutMs: LOCK_MS,
    onWait: (pid) => console.error(`Waiting for process ${pid}, which is setting up the tests…`),
  });
  const { display, close } = await openDisplay();
  const { chromium, electron, peers, newerLibrary } = found;
  const env = {
    // If the tests run with a newer C library, their `process.execPath` is the path of that library's loader.
    NODE_PROGRAM: node,
    PEERS_DIR: peers,
    ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
    ...(electron ? { ELECTRON_OVERRIDE_DIST_PATH: electron } : {}),
    ...(newerLibrary ? { NEWER_C_LIBRARY: newerLibrary } : {}),
    ...(display ? { DISPLAY: display } : {}),
  };
  return { env, newerLibrary, excluded: chromium ? [] : await findBrowserTests(), close };
}

/** @param {string} node */
async function findPrograms(node) {
  const browser = await findChromium();
  await installTestPackages(browser ? [] : ['chromium']);
  return {
    chromium: browser ?? (await findChromium()) ?? (await downloadChromium(node)),
    electron: await findElectronRuntime(),
    peers: await findPeers(),
    newerLibrary: await findNewerLibrary(node),
  };
}

/**
 * Finds a Chromium browser: the one in `CHROMIUM_PATH`, one installed by Playwright, or the system's.
 *
 * @returns {Promise<string | null>}
 */
async function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  return (await playwrightsChromium()) ?? (await systemChromium());
}

/**
 * Returns the Chromium that Playwright has downloaded; null if there is none, or if a library that it needs
 * is missing.
 */
async function playwrightsChromium() {
  const { chromium } = await import('playwright-core');
  const path = chromium.executablePath();
  if (!path || !(await exists(path))) return null;
  return (await succeeds(path, ['--version'], { stdio: 'ignore' })) ? path : null;
}

async function systemChromium() {
  if (process.platform === 'linux') {
    return findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
  }
  const places =
    process.platform === 'darwin'
      ? [
          '/Applications/Chromium.app/Contents/MacOS/Chromium',
          '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        ]
      : [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].flatMap(
          (folder) => (folder ? [join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')] : []),
        );
  for (const place of places) if (await exists(place)) return place;
  return null;
}

/**
 * Downloads Chromium with Playwright. This is the last resort, because Playwright's builds are large and lack
 * H.264.
 *
 * @param {string} node
 */
async function downloadChromium(node) {
  const cli = inProject('node_modules', 'playwright-core', 'cli.js');
  await withProgress('Downloading a Chromium', () =>
    succeeds(node, [cli, 'install', 'chromium'], { stdio: 'ignore' }),
  );
  const downloaded = await playwrightsChromium();
  if (downloaded) return downloaded;
  const files = (await findBrowserTests()).length;
  const apt = await findProgram('apt-get');
  const command = apt ? installCommand(['chromium']) : 'install Chromium, then: CHROMIUM_PATH=… npm test';
  printSkipped(`${files} test files that need a browser`, 'there is no Chromium', command);
  return null;
}

/**
 * Finds an older Electron that can run the desktop window tests when the current one cannot be downloaded.
 */
async function findElectronRuntime() {
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) return process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const setup = join(SHARED, 'electron-runtime', 'setup.sh');
  if (!(await exists(setup))) {
    const own = 'node node_modules/electron/install.js';
    const command = `${own} && ELECTRON_OVERRIDE_DIST_PATH=$PWD/node_modules/electron/dist npm test`;
    printSkipped(WINDOW_TESTS, 'there is no ../shared/electron-runtime', command);
    return null;
  }
  const program = join(ELECTRON, 'electron');
  const run = () => succeeds('bash', [setup, ELECTRON], { stdio: ['ignore', 'ignore', 2] });
  if (!(await exists(program))) {
    // If pip is missing, a line that begins with SKIPPED has already been printed.
    if (!(await findProgram('pip'))) return null;
    await withProgress('Setting up an Electron', run);
  } else {
    await run();
  }
  if (await exists(program)) return ELECTRON;
  printSkipped(WINDOW_TESTS, 'the test runtime could not be set up', `bash ${setup}`);
  return null;
}

/**
 * Finds a program that runs its arguments with a newer C library, for systems whose own library is too old
 * for the WebTransport addon. Returns null if no newer library is needed or available.
 *
 * @param {string} node
 * @returns {Promise<string | null>}
 */
async function findNewerLibrary(node) {
  if (process.env.NEWER_C_LIBRARY) return process.env.NEWER_C_LIBRARY;
  if (await loadsAddon([node])) return null;
  const what = 'tests over WebTransport';
  const why = 'its addon does not load on this system, which is older than Debian 13 and Ubuntu 24.04';
  const setup = join(SHARED, 'newer-glibc', 'setup.sh');
  if (!(await exists(setup))) {
    printSkipped(what, `${why}, and there is no ../shared/newer-glibc`);
    return null;
  }
  const folder = join(homedir(), '.cache', 'newer-glibc');
  const run = join(folder, 'run');
  const set = () => succeeds('bash', [setup, folder], { stdio: ['ignore', 'ignore', 2] });
  if (!(await exists(run))) await withProgress('Setting up a newer C library', set);
  if ((await exists(run)) && (await loadsAddon([run, node]))) return run;
  printSkipped(what, `${why}, and a newer C library could not be set up`, `bash ${setup}`);
  return null;
}

/** @param {string[]} command the command that starts Node */
async function loadsAddon([program, ...args]) {
  const loader = inProject('main', 'transport', 'web-transport-addon.ts');
  const script = `import(${JSON.stringify(pathToFileURL(loader).href)}).then((m) => m.loadWebTransport())`;
  try {
    const end = await runChild(program, [...args, '--input-type=module', '-e', script], { stdio: 'ignore' });
    return end.code === 0;
  } catch {
    // The program cannot be started.
    return false;
  }
}

/**
 * Provides a display for the Electron window: the current display, or a virtual one that exists until the tests have
 * ended.
 *
 * @returns {Promise<{ display: string | null, close: () => void }>}
 */
async function openDisplay() {
  const nothing = { display: process.env.DISPLAY ?? null, close: () => undefined };
  if (process.platform !== 'linux' || hasDisplay()) return nothing;
  const xvfb = await findProgram('Xvfb');
  // If Xvfb is missing, a line that begins with SKIPPED has already been printed.
  if (!xvfb) return nothing;
  const child = spawn(xvfb, ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const close = () => void child.kill();
  process.once('exit', close);
  const number = await new Promise((done) => {
    child.stdio[3]?.once('data', (data) => done(String(data).trim()));
    child.once('error', () => done(null));
    child.once('exit', () => done(null));
  });
  if (number === null) {
    printSkipped(WINDOW_TESTS, 'Xvfb could not be started');
    return nothing;
  }
  return { display: `:${number}`, close };
}
