import { access } from 'node:fs/promises';
import { delimiter, sep } from 'node:path';
import { runChild } from './child.mjs';
import { withFileLock } from './file-lock.mjs';
import { inProject, readOptional, root } from './project.mjs';

/** A slow line takes some minutes for all packages; a second start waits for the first. */
const LOCK_MS = 20 * 60_000;
/** What `@moq/net` needs. */
const RUNTIME_MAJOR = 22;

/**
 * Whether node_modules holds what package-lock.json asks for. npm keeps its own record of what it has put there.
 */
export async function isInstalled() {
  const [wanted, present] = await Promise.all([
    readOptional(inProject('package-lock.json')),
    readOptional(inProject('node_modules', '.package-lock.json')),
  ]);
  if (wanted === null) throw new Error('package-lock.json is missing');
  if (present === null) return false;
  const there = parsedOrEmpty(present).packages ?? {};
  return Object.entries(JSON.parse(wanted).packages).every(([path, entry]) => {
    // The project itself; and a package for another platform, which is left out.
    if (path === '' || (!there[path] && (entry.optional || entry.devOptional))) return true;
    return there[path]?.version === entry.version && there[path]?.resolved === entry.resolved;
  });
}

/**
 * npm's record may be half written when an installation was killed: nothing is installed then.
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
 * Installs the packages when they are not there or not those of the lock file. Progress goes to stderr. Processes
 * that do so at the same time wait for each other.
 */
export async function ensureInstalled() {
  if ((await isInstalled()) && (await ownNode())) return;
  await withFileLock(
    // Beside node_modules, which the installation removes.
    inProject('.install.lock'),
    async () => {
      if (!(await isInstalled())) {
        console.error('Installing packages…');
        // Not `npm ci`: it refuses a lock file that lacks the packages of some other platform, and it removes all of
        // node_modules first, the program that runs this among it. The lock file is followed and stays as it is.
        await npm(['install', '--no-save', '--include=dev']);
      }
      // Where the person has turned install scripts off, the one that puts Node there has not run.
      if (!(await ownNode())) await npm(['rebuild', 'node', '--ignore-scripts=false']);
    },
    {
      timeoutMs: LOCK_MS,
      onWait: (pid) => console.error(`Waiting for process ${pid}, which installs packages…`),
    },
  );
}

/** The Node that the application runs on: that of node_modules, or this one when it is new enough. */
export async function nodeProgram() {
  const own = await ownNode();
  if (own) return own;
  if (Number(process.versions.node.split('.')[0]) >= RUNTIME_MAJOR) return process.execPath;
  throw new Error(`Node ${RUNTIME_MAJOR} or newer is needed, and the npm package "node" did not bring it`);
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
  // Under `npm start` the first `node` of PATH is that of node_modules, which is about to be removed.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((part) => !part.startsWith(inProject('node_modules') + sep));
  const options = {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    // stdout may be promised to `--json`.
    stdio: /** @type {const} */ (['ignore', 2, 2]),
  };
  const flags = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const cli = process.env.npm_execpath;
  const { code, signal } = cli?.endsWith('.js')
    ? await runChild(process.env.npm_node_execpath ?? process.execPath, [cli, ...flags], options)
    : await runChild('npm', flags, { ...options, shell: process.platform === 'win32' });
  if (code !== 0) throw new Error(`npm ${args[0]} failed (${signal ?? `status ${code}`})`);
}
