import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canInstall, installCommand, installPackages } from './debian.mjs';
import { exists, findProgram } from './programs.mjs';
import { inProject } from './project.mjs';
import { printSkipped } from './skipped.mjs';

/** The folder that contains test programs, if it was provided with the project. */
export const SHARED = inProject('..', 'shared');
/** The folder for programs from other projects, unless `PEERS_DIR` names a different one. */
export const PEERS = join(homedir(), '.cache', 'iroh-live-peers');
/** The folder for the older Electron that runs the desktop window tests. */
export const ELECTRON = join(homedir(), '.cache', 'electron-runtime');

const LINUX = process.platform === 'linux';

/**
 * A program or library that the tests need and that Debian packages provide.
 *
 * @typedef {object} Part
 * @property {string} what the tests that need the part
 * @property {string} name the part's name in messages
 * @property {string[]} packages
 * @property {() => Promise<boolean>} satisfied whether the part is present, or not needed on this machine
 */

const FIREFOX_TESTS = 'tests of the relay’s pages in Firefox';
const WEBKIT_TESTS = 'tests of the relay’s pages in WebKit';

/** @type {readonly Part[]} */
const PARTS = [
  program('tests that publish with ffmpeg', 'ffmpeg', 'ffmpeg', hasPeers),
  program('tests with moq-relay, moq and iroh-relay', 'xz', 'xz-utils', needsUnpacking),
  program('tests behind nginx', 'nginx', 'nginx-light'),
  program('the test of the systemd unit', 'systemd-analyze', 'systemd', async () => LINUX),
  program('the completion script for zsh', 'zsh', 'zsh'),
  program('the completion script for fish', 'fish', 'fish'),
  program('tests on lab networks', 'ip', 'iproute2', canRunLabNetworks),
  program('tests on lab networks', 'python3', 'python3', canRunLabNetworks),
  program(FIREFOX_TESTS, 'firefox-esr', 'firefox-esr', async () => LINUX && !(await findProgram('firefox'))),
  program(FIREFOX_TESTS, 'pulseaudio', 'pulseaudio', async () => LINUX),
  program(WEBKIT_TESTS, 'WebKitWebDriver', 'webkit2gtk-driver', async () => LINUX),
  program(WEBKIT_TESTS, 'pulseaudio', 'pulseaudio', async () => LINUX),
  program(WEBKIT_TESTS, 'xvfb-run', 'xvfb', async () => LINUX),
  program(WEBKIT_TESTS, 'xauth', 'xauth', async () => LINUX),
  ...['libav', 'plugins-good', 'plugins-bad', 'pulseaudio'].map((part) => gstreamer(WEBKIT_TESTS, part)),
  program('tests of the Electron window', 'Xvfb', 'xvfb', async () => LINUX && !hasDisplay()),
  program('tests of the Electron window', 'pip', 'python3-pip', needsElectronRuntime),
  library('tests of the Electron window', 'libgtk-3.so.0', 'libgtk-3-0', hasElectronRuntime),
  library('tests of the Electron window', 'libnss3.so', 'libnss3', hasElectronRuntime),
  library('tests of the Electron window', 'libasound.so.2', 'libasound2', hasElectronRuntime),
  library('tests of the Electron window', 'libgbm.so.1', 'libgbm1', hasElectronRuntime),
];

/**
 * Installs the Debian packages that the tests need, if this process has permission. Prints a line that begins
 * with SKIPPED for each group of tests that still lacks a part.
 *
 * @param {readonly string[]} others additional packages to install at the same time
 */
export async function installTestPackages(others) {
  const missing = await missingParts();
  const packages = [...others, ...new Set(missing.flatMap((part) => part.packages))];
  if (packages.length > 0 && (await canInstall())) await installPackages(packages);
  const apt = LINUX && (await findProgram('apt-get')) !== null;
  for (const [what, parts] of byTests(await missingParts())) {
    const names = parts.map(({ name }) => name).join(', ');
    const command = apt ? installCommand(parts.flatMap((part) => part.packages)) : null;
    printSkipped(what, `there is no ${names}`, command);
  }
  if (LINUX && process.getuid?.() !== 0) {
    printSkipped('the test of a user id without a passwd entry', 'it needs root', 'sudo npm test');
  }
}

/** Groups parts by the tests that need them. @param {readonly Part[]} parts */
function byTests(parts) {
  /** @type {Map<string, Part[]>} */
  const groups = new Map();
  for (const part of parts) groups.set(part.what, [...(groups.get(part.what) ?? []), part]);
  return groups;
}

async function missingParts() {
  const satisfied = await Promise.all(PARTS.map((part) => part.satisfied()));
  return PARTS.filter((_, index) => !satisfied[index]);
}

/** Whether there is a display. */
export function hasDisplay() {
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * @param {string} what
 * @param {string} name
 * @param {string} debianPackage
 * @param {() => Promise<boolean>} [needed]
 * @returns {Part}
 */
function program(what, name, debianPackage, needed = async () => true) {
  const satisfied = async () => (await findProgram(name)) !== null || !(await needed());
  return { what, name, packages: [debianPackage], satisfied };
}

/**
 * @param {string} what
 * @param {string} name
 * @param {string} debianPackage
 * @param {() => Promise<boolean>} needed
 * @returns {Part}
 */
function library(what, name, debianPackage, needed) {
  const satisfied = async () => !(await needed()) || (await libraries()).includes(name);
  return { what, name, packages: [debianPackage], satisfied };
}

/**
 * Creates the part for a package of GStreamer plug-ins, which WebKitGTK uses to decode and play media. The
 * package's documentation folder exists if the package is installed.
 *
 * @param {string} what
 * @param {string} part the package's name without its prefix
 * @returns {Part}
 */
function gstreamer(what, part) {
  const name = `gstreamer1.0-${part}`;
  const satisfied = async () => !LINUX || exists(join('/usr/share/doc', name));
  return { what, name, packages: [name], satisfied };
}

/** Returns the system's shared libraries, as printed by ldconfig. */
async function libraries() {
  const { stdout } = await promisify(execFile)('/sbin/ldconfig', ['-p']).catch(() => ({ stdout: '' }));
  return stdout;
}

async function hasPeers() {
  return Boolean(process.env.PEERS_DIR) || exists(join(SHARED, 'peers'));
}

async function needsUnpacking() {
  if (process.env.PEERS_DIR || !(await exists(join(SHARED, 'peers')))) return false;
  return !(await exists(join(PEERS, 'moq-relay')));
}

async function canRunLabNetworks() {
  const script = process.env.NETLAB ?? join(SHARED, 'netlab', 'netlab');
  return LINUX && process.getuid?.() === 0 && exists(script);
}

async function hasElectronRuntime() {
  if (!LINUX) return false;
  return Boolean(process.env.ELECTRON_OVERRIDE_DIST_PATH) || exists(join(SHARED, 'electron-runtime'));
}

async function needsElectronRuntime() {
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH || !(await hasElectronRuntime())) return false;
  return !(await exists(join(ELECTRON, 'electron')));
}
