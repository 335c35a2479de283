import { spawn } from 'node:child_process';
import { access, chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runChild } from './child.mjs';
import { inProject } from './project.mjs';

/**
 * Sets up the programs that the tests need in addition to the packages. If a program cannot be set up, prints a line
 * that begins with SKIPPED and gives the reason, and the tests that need the program are skipped.
 */

/** Maximum duration of a download or an installation, in milliseconds. */
const INSTALL_MS = 5 * 60_000;
const PEBBLE = 'github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.0';
/** Path of the `go` program after a default Go installation. */
const USUAL_GO = '/usr/local/go/bin/go';
/** The folder that contains test programs, if it was delivered together with the project. */
const SHARED = inProject('..', 'shared');

/**
 * @param {string} what
 * @param {string} why
 */
function skip(what, why) {
  console.error(`SKIPPED: ${what}: ${why}`);
}

/**
 * Finds a Chromium: `CHROMIUM_PATH`, one installed by Playwright, the system's, one from apt, or a download by
 * Playwright. The download is the last resort, because Playwright's builds are large and lack H.264.
 *
 * @param {string} node
 * @returns {Promise<string | null>}
 */
export async function findChromium(node) {
  const named = process.env.CHROMIUM_PATH;
  if (named) return named;
  const { chromium } = await import('playwright-core');
  const playwrights = chromium.executablePath();
  if (playwrights && (await exists(playwrights))) return playwrights;
  const system = await systemChromium();
  if (system) return system;
  if (await aptInstall(['chromium'])) {
    const installed = await systemChromium();
    if (installed) return installed;
  }
  console.error('Downloading a Chromium for the tests…');
  const cli = inProject('node_modules', 'playwright-core', 'cli.js');
  await succeeds(node, [cli, 'install', 'chromium']);
  if (playwrights && (await exists(playwrights))) return playwrights;
  skip('tests in a browser', 'no Chromium was found, and none could be installed (set CHROMIUM_PATH)');
  return null;
}

async function systemChromium() {
  const places =
    process.platform === 'darwin'
      ? [
          '/Applications/Chromium.app/Contents/MacOS/Chromium',
          '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        ]
      : process.platform === 'win32'
        ? [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA].flatMap(
            (folder) => (folder ? [join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')] : []),
          )
        : ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].flatMap(onPath);
  for (const place of places) if (await exists(place)) return place;
  return null;
}

/** Finds an older Electron to run the desktop window tests if the current one cannot be downloaded. */
export async function findElectronRuntime() {
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) return process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const setup = join(SHARED, 'electron-runtime', 'setup.sh');
  if (!(await exists(setup))) {
    skip('tests of the Electron window', 'there is no ../shared/electron-runtime');
    return null;
  }
  const folder = join(homedir(), '.cache', 'electron-runtime');
  if (!(await succeeds('bash', [setup, folder])) || !(await exists(join(folder, 'electron')))) {
    skip('tests of the Electron window', 'the test runtime could not be set up');
    return null;
  }
  return folder;
}

/**
 * Prepares a folder with programs from other projects for the interoperability tests. Programs that cannot be set up
 * are missing from the folder.
 */
export async function findPeers() {
  if (process.env.PEERS_DIR) return process.env.PEERS_DIR;
  const folder = join(homedir(), '.cache', 'iroh-live-peers');
  await mkdir(folder, { recursive: true });
  await unpackPeers(folder);
  await buildPebble(folder);
  return folder;
}

/**
 * Builds Pebble, Let's Encrypt's ACME test server, which is released only as source code.
 *
 * @param {string} folder
 */
async function buildPebble(folder) {
  const what = 'tests that obtain certificates from an authority';
  const program = join(folder, 'pebble');
  if (await exists(program)) return;
  const go = (await firstOnPath('go')) ?? ((await exists(USUAL_GO)) ? USUAL_GO : null);
  if (!go) return skip(what, 'Go is not installed, so Pebble cannot be built');
  console.error('Building Pebble for the tests…');
  // The program is built in a temporary folder and then renamed, so that an interrupted build leaves no incomplete
  // program.
  const part = join(folder, `pebble.${process.pid}`);
  await mkdir(part, { recursive: true });
  try {
    const built = await succeeds(go, ['install', PEBBLE], { ...process.env, GOBIN: part });
    if (built) await rename(join(part, 'pebble'), program);
    else skip(what, 'Pebble could not be built');
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function unpackPeers(folder) {
  const packed = join(SHARED, 'peers');
  if (!(await exists(packed))) return skip('tests with moq-relay and moq', 'there is no ../shared/peers');
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return skip('tests with moq-relay and moq', 'they are built for Linux on x86-64');
  }
  for (const name of ['moq-relay', 'moq', 'iroh-relay']) {
    const from = join(packed, `${name}.xz`);
    const to = join(folder, name);
    if (!(await exists(from))) continue;
    if ((await exists(to)) && (await stat(to)).mtimeMs >= (await stat(from)).mtimeMs) continue;
    const part = `${to}.${process.pid}`;
    if (!(await succeeds('bash', ['-c', 'xz -dc "$1" > "$2"', 'bash', from, part]))) {
      return skip('tests with moq-relay and moq', 'xz could not unpack them');
    }
    await chmod(part, 0o755);
    await rename(part, to);
  }
}

/**
 * Finds a program that runs its arguments with a newer C library, for systems whose own library is too old for the
 * WebTransport addon. Returns null if the addon loads with the system's library, or if no newer library can be set
 * up.
 *
 * @param {string} node
 * @returns {Promise<string | null>}
 */
export async function findNewerLibrary(node) {
  if (process.env.NEWER_C_LIBRARY) return process.env.NEWER_C_LIBRARY;
  if (await loadsAddon([node])) return null;
  const what = 'tests over WebTransport';
  const setup = join(SHARED, 'newer-glibc', 'setup.sh');
  if (!(await exists(setup))) {
    skip(what, 'its addon does not load on this system, and there is no ../shared/newer-glibc');
    return null;
  }
  const folder = join(homedir(), '.cache', 'newer-glibc');
  const run = join(folder, 'run');
  if (!(await succeeds('bash', [setup, folder])) || !(await loadsAddon([run, node]))) {
    skip(what, 'its addon does not load on this system, and the newer C library could not be set up');
    return null;
  }
  return run;
}

/** @param {string[]} command the command that starts Node */
async function loadsAddon([program, ...args]) {
  const loader = inProject('main', 'transport', 'web-transport-addon.ts');
  const script = `import(${JSON.stringify(pathToFileURL(loader).href)}).then((m) => m.loadWebTransport())`;
  try {
    const end = await runChild(program, [...args, '--input-type=module', '-e', script], { stdio: 'ignore' });
    return end.code === 0;
  } catch {
    // The program cannot be started, so it does not work.
    return false;
  }
}

/**
 * Provides a display for the Electron window: the current display, or a virtual one that exists until the tests have
 * ended.
 *
 * @returns {Promise<{ display: string | null, close: () => void }>}
 */
export async function openDisplay() {
  const nothing = { display: process.env.DISPLAY ?? null, close: () => undefined };
  if (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY) return nothing;
  if (!(await firstOnPath('Xvfb'))) await aptInstall(['xvfb', 'xauth']);
  const xvfb = await firstOnPath('Xvfb');
  if (!xvfb) {
    skip('tests of the Electron window', 'there is no display and no Xvfb');
    return nothing;
  }
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
    skip('tests of the Electron window', 'Xvfb could not be started');
    return nothing;
  }
  return { display: `:${number}`, close };
}

/** Installs Debian packages. Returns false if this process is not root or apt fails. @param {string[]} packages */
async function aptInstall(packages) {
  if (process.getuid?.() !== 0 || !(await firstOnPath('apt-get'))) return false;
  console.error(`Installing ${packages.join(', ')}…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await succeeds('apt-get', ['-qq', 'update'], env);
  return succeeds('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], env);
}

/**
 * Runs a program with its output on stderr. Returns false if it fails, cannot be started or exceeds the time limit.
 *
 * @param {string} program
 * @param {string[]} args
 */
async function succeeds(program, args, env = process.env) {
  try {
    const signal = AbortSignal.timeout(INSTALL_MS);
    return (await runChild(program, args, { env, stdio: ['ignore', 2, 2], signal })).code === 0;
  } catch (error) {
    console.error(`${program}: ${error.message}`);
    return false;
  }
}

/** @param {string} name */
async function firstOnPath(name) {
  for (const place of onPath(name)) if (await exists(place)) return place;
  return null;
}

/** @param {string} name */
function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
}

/** @param {string} path */
async function exists(path) {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
