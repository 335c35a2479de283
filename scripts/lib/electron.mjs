import { access, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../../main/base/file-lock.mjs';
import { runChild } from './child.mjs';
import { inProject, readOptional } from './project.mjs';

/** How long a download may make no progress before it counts as failed, in milliseconds. */
const STALL_MS = 20_000;
/**
 * Maximum duration of the download (about 110 MB), in milliseconds. On a connection slower than 1 Mbit/s, the browser
 * host is the better choice.
 */
const DOWNLOAD_MS = 15 * 60_000;
/**
 * How long to wait before retrying a failed download, in milliseconds. Until then, the app starts without
 * another attempt, so that it starts quickly.
 */
const RETRY_MS = 60 * 60_000;

/** @typedef {{ path: string } | { reason: string }} Found */

/**
 * Finds the Electron program, and downloads it if it is missing.
 *
 * @param {string} node path of the Node program that runs Electron's installer
 * @param {{ retry: boolean }} options `retry`: whether to download even if the last attempt failed recently
 * @returns {Promise<Found>}
 */
export async function findElectron(node, { retry }) {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    const path = join(override, programName());
    if (await exists(path)) return { path };
    return { reason: `ELECTRON_OVERRIDE_DIST_PATH (${override}) does not contain Electron` };
  }
  const installed = await installedProgram();
  if (installed) return { path: installed };
  const failed = retry ? null : await recentFailure();
  if (failed) return { reason: failed };
  return withFileLock(inProject('node_modules', '.electron.lock'), () => download(node), {
    timeoutMs: DOWNLOAD_MS,
    onWait: (pid) => console.error(`Waiting for process ${pid}, which is downloading Electron…`),
  });
}

/**
 * @param {string} node
 * @returns {Promise<Found>}
 */
async function download(node) {
  const already = await installedProgram();
  if (already) return { path: already };
  console.error('Downloading Electron (about 110 MB; --host browser does not need it)…');
  // The installer downloads into the temporary folder, so the folder's growth shows the progress.
  const temporary = await mkdtemp(join(tmpdir(), 'iroh-live-electron-'));
  const controller = new AbortController();
  const stopWatching = watchGrowth(temporary, () => controller.abort());
  let reason = 'its program could not be downloaded';
  try {
    const { code } = await runChild(node, [inProject('node_modules', 'electron', 'install.js')], {
      env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary },
      // The installer would print a stack trace. This script prints the reason in one line instead.
      stdio: ['ignore', 'ignore', 'ignore'],
      signal: controller.signal,
    });
    const path = await installedProgram();
    if (code === 0 && path) return { path };
    if (controller.signal.aborted) reason = 'the download of its program has stalled';
  } catch (error) {
    reason = `its installer could not be run: ${error.message}`;
  } finally {
    stopWatching();
    await rm(temporary, { recursive: true, force: true });
  }
  await writeFile(failureFile(), JSON.stringify({ atMs: Date.now(), reason }));
  return { reason };
}

/**
 * Calls `onHalt` when the folder has stopped growing. Returns a function that stops watching.
 *
 * @param {string} folder
 * @param {() => void} onHalt
 */
function watchGrowth(folder, onHalt) {
  const startMs = Date.now();
  let grewAtMs = startMs;
  let size = 0;
  const timer = setInterval(async () => {
    const now = await sizeOf(folder);
    if (now !== size) {
      size = now;
      grewAtMs = Date.now();
    }
    // A longer pause is allowed once the folder contains data, because the installer unpacks the finished
    // download into a different folder.
    const limitMs = size > 0 ? STALL_MS * 3 : STALL_MS;
    if (Date.now() - grewAtMs > limitMs || Date.now() - startMs > DOWNLOAD_MS) onHalt();
  }, 1_000);
  return () => clearInterval(timer);
}

/**
 * @param {string} folder
 * @returns {Promise<number>}
 */
async function sizeOf(folder) {
  try {
    const names = await readdir(folder, { recursive: true });
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    return sizes.reduce((sum, one) => sum + one, 0);
  } catch {
    // A file was removed between the two calls. The next check measures the folder again.
    return 0;
  }
}

async function installedProgram() {
  const name = await readOptional(inProject('node_modules', 'electron', 'path.txt'));
  if (name === null) return null;
  const path = inProject('node_modules', 'electron', 'dist', name);
  return (await exists(path)) ? path : null;
}

function failureFile() {
  return inProject('node_modules', '.electron-failed.json');
}

async function recentFailure() {
  const text = await readOptional(failureFile());
  if (text === null) return null;
  try {
    const { atMs, reason } = JSON.parse(text);
    return Date.now() - atMs < RETRY_MS ? reason : null;
  } catch {
    // The process was killed while writing the file. The damaged file is ignored, and the next attempt replaces it.
    return null;
  }
}

function programName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

/**
 * Returns why Electron cannot create its sandbox; null if it can. Some systems deny user namespaces to
 * unknown programs, and the alternative, a setuid helper, must be owned by root. Root itself runs without a
 * sandbox.
 *
 * @param {string} program
 */
export async function sandboxProblem(program) {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return null;
  const restricted =
    (await sysctl('kernel/apparmor_restrict_unprivileged_userns')) === '1' ||
    (await sysctl('kernel/unprivileged_userns_clone')) === '0' ||
    (await sysctl('user/max_user_namespaces')) === '0';
  if (!restricted) return null;
  const helper = join(program, '..', 'chrome-sandbox');
  try {
    const { uid, mode } = await stat(helper);
    if (uid === 0 && (mode & 0o4000) !== 0) return null;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return `this system prevents it from creating its sandbox; to allow this, run: sudo chown root "${helper}" && sudo chmod 4755 "${helper}"`;
}

/** @param {string} name */
async function sysctl(name) {
  return (await readOptional(join('/proc/sys', name)))?.trim() ?? null;
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
