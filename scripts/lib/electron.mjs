import { access, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { withFileLock } from './file-lock.mjs';
import { inProject, readOptional } from './project.mjs';

/** A download that brings nothing for this long has failed. */
const STALL_MS = 20_000;
/** About 110 MB: a line slower than 1 Mbit/s is better served by the browser host. */
const DOWNLOAD_MS = 15 * 60_000;
/** After a failure, starts are quick again for this long. */
const RETRY_MS = 60 * 60_000;

/** @typedef {{ path: string } | { reason: string }} Found */

/**
 * Electron's program, downloaded when that is possible.
 *
 * @param {string} node the Node to run Electron's own installer with
 * @param {{ retry: boolean }} options `retry`: try again although the last attempt failed a short time ago
 * @returns {Promise<Found>}
 */
export async function findElectron(node, { retry }) {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    const path = join(override, programName());
    if (await exists(path)) return { path };
    return { reason: `there is no Electron in ELECTRON_OVERRIDE_DIST_PATH (${override})` };
  }
  const installed = await installedProgram();
  if (installed) return { path: installed };
  const failed = retry ? null : await recentFailure();
  if (failed) return { reason: failed };
  return withFileLock(inProject('node_modules', '.electron.lock'), () => download(node), {
    timeoutMs: DOWNLOAD_MS,
    onWait: (pid) => console.error(`Waiting for process ${pid}, which downloads Electron…`),
  });
}

/**
 * @param {string} node
 * @returns {Promise<Found>}
 */
async function download(node) {
  const already = await installedProgram();
  if (already) return { path: already };
  console.error('Downloading Electron (about 110 MB; --host browser starts without it)…');
  // The installer downloads into the folder for temporary files: its growth there is the progress.
  const temporary = await mkdtemp(join(tmpdir(), 'iroh-live-electron-'));
  const controller = new AbortController();
  const stopWatching = watchGrowth(temporary, () => controller.abort());
  let reason = 'its program could not be downloaded';
  try {
    const { code } = await runChild(node, [inProject('node_modules', 'electron', 'install.js')], {
      env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary },
      // Its own words are a stack trace. The reason is told in one line, by us.
      stdio: ['ignore', 'ignore', 'ignore'],
      signal: controller.signal,
    });
    const path = await installedProgram();
    if (code === 0 && path) return { path };
    if (controller.signal.aborted) reason = 'the download of its program came to a halt';
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
    // What was downloaded is then unpacked elsewhere: the file stays, and does not grow.
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
    // A file went away between the two: it counts next time.
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
    // Half written when the process was killed: as good as none, and the next attempt replaces it.
    return null;
  }
}

function programName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

/**
 * Why Electron cannot make its sandbox here, or null. Some systems forbid user namespaces to programs they do not
 * know; the helper that would do without needs to belong to root. Root itself runs without a sandbox.
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
  return `this system does not let it make its sandbox (sudo chown root "${helper}" && sudo chmod 4755 "${helper}" does)`;
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
