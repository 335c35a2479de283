import { access } from 'node:fs/promises';
import { delimiter, sep } from 'node:path';
import { withFileLock } from '../../main/base/file-lock.mjs';
import { runChild } from './child.mjs';
import { withProgress } from './progress.mjs';
import { inProject, readOptional, root } from './project.mjs';

/**
 * How long to wait for an installation by another process, in milliseconds. On a slow network, installing all
 * packages takes minutes.
 */
const LOCK_MS = 20 * 60_000;
/** Whether node_modules matches package-lock.json, according to npm's own record of the installed packages. */
export async function isInstalled() {
  const [wanted, present] = await Promise.all([
    readOptional(inProject('package-lock.json')),
    readOptional(inProject('node_modules', '.package-lock.json')),
  ]);
  if (wanted === null) throw new Error('package-lock.json is missing');
  if (present === null) return false;
  const there = parsedOrEmpty(present).packages ?? {};
  return Object.entries(JSON.parse(wanted).packages).every(([path, entry]) => {
    // Skips the project itself, and packages for other platforms, which npm does not install.
    if (path === '' || (!there[path] && (entry.optional || entry.devOptional))) return true;
    return there[path]?.version === entry.version && there[path]?.resolved === entry.resolved;
  });
}

/**
 * Parses npm's record of installed packages. An installation that was killed can leave an incomplete record, which
 * counts as empty.
 *
 * @param {string} text
 */
function parsedOrEmpty(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/**
 * Installs the packages if node_modules does not match the lock file. Progress goes to stderr. Concurrent processes wait for
 * each other.
 */
export async function ensureInstalled() {
  if ((await isInstalled()) && (await ownNode())) return;
  await withFileLock(
    // The lock file must not be inside node_modules, which the installation may remove.
    inProject('.install.lock'),
    async () => {
      if (!(await isInstalled())) {
        // `npm ci` cannot be used. It would reject a lock file without the packages of other platforms, and
        // delete node_modules, which contains the Node that runs this script. `--no-save` keeps the lock file
        // unchanged.
        await withProgress('Installing packages', () => npm(['install', '--no-save', '--include=dev']));
      }
      // If the user has disabled install scripts, the script that installs the package `node` has not run yet.
      if (!(await ownNode())) await npm(['rebuild', 'node', '--ignore-scripts=false']);
    },
    {
      timeoutMs: LOCK_MS,
      onWait: (pid) => console.error(`Waiting for process ${pid}, which is installing packages…`),
    },
  );
}

/**
 * Returns the Node program that runs the app: the one in node_modules, or the current one.
 *
 * @returns {Promise<string>}
 */
export async function nodeProgram() {
  return (await ownNode()) ?? process.execPath;
}

async function ownNode() {
  const path = inProject('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  try {
    await access(path);
    return path;
  } catch {
    return null;
  }
}

/** @param {string[]} args */
async function npm(args) {
  // Under `npm start`, the first `node` on PATH is the one in node_modules, which npm may replace.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((part) => !part.startsWith(inProject('node_modules') + sep));
  const options = {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    // npm's output must not go to stdout, which is reserved for the app's JSON events.
    stdio: /** @type {const} */ (['ignore', 2, 2]),
  };
  const flags = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const cli = process.env.npm_execpath;
  const { code, signal } = cli?.endsWith('.js')
    ? await runChild(process.env.npm_node_execpath ?? process.execPath, [cli, ...flags], options)
    : await runChild('npm', flags, { ...options, shell: process.platform === 'win32' });
  if (code !== 0) throw new Error(`npm ${args[0]} failed (${signal ?? `status ${code}`})`);
}
