import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProgram, succeeds } from './programs.mjs';
import { withProgress } from './progress.mjs';
import { readOptional } from './project.mjs';

/** Number of lines from the end of apt's output that are shown after a failure. */
const SHOWN_LINES = 15;
/** The Debian release that `unpackFromDebian` downloads packages from. */
const RELEASE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Returns the command that installs these Debian packages. @param {readonly string[]} packages */
export function installCommand(packages) {
  return `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`;
}

/**
 * Returns whether this process can install Debian packages. The process must run as root, and apt-get must
 * be available.
 */
export async function canInstall() {
  return process.getuid?.() === 0 && (await findProgram('apt-get')) !== null;
}

/**
 * Installs as many of these Debian packages as possible. If this release lacks one, the others are still
 * installed.
 *
 * @param {readonly string[]} packages
 */
export async function installPackages(packages) {
  console.error(`Missing Debian packages: ${packages.join(', ')}`);
  await withProgress('Installing them with apt', async (show) => {
    // The package list may be missing or out of date.
    await apt(['update'], show);
    if (await apt(['install', ...packages], show)) return;
    if (packages.length > 1) for (const name of packages) await apt(['install', name], show);
  });
}

/**
 * Runs apt-get. If it fails, prints the end of its output.
 *
 * @param {readonly string[]} args
 * @param {(detail: string) => void} show
 * @returns {Promise<boolean>} false if apt-get fails
 */
function apt(args, show) {
  const flags = [
    '-q',
    '-y',
    '--no-install-recommends',
    '-o',
    'APT::Status-Fd=3',
    '-o',
    'DPkg::Lock::Timeout=300',
  ];
  return new Promise((done) => {
    const child = spawn('apt-get', [...flags, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    /** @type {string[]} */
    const lines = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: /** @type {import('node:stream').Readable} */ (stream) }).on(
        'line',
        (line) => {
          lines.push(line);
          if (lines.length > SHOWN_LINES) lines.shift();
        },
      );
    }
    // Each line contains `dlstatus` or `pmstatus`, a package, the percentage and a description, separated by
    // colons.
    const status = /** @type {import('node:stream').Readable} */ (child.stdio[3]);
    createInterface({ input: status }).on('line', (line) => {
      const [, , percent, text] = line.split(':');
      if (text) show(`${Math.round(Number(percent))} % (${text})`);
    });
    child.once('error', () => done(false));
    child.once('close', (code) => {
      if (code !== 0) console.error(`apt-get ${args.join(' ')} failed:\n${lines.join('\n')}`);
      done(code === 0);
    });
  });
}

/**
 * Downloads packages from Debian 13 and unpacks them into a folder, without root. The programs must be
 * compatible with this system's libraries.
 *
 * @param {readonly string[]} packages
 * @param {string} folder
 * @returns {Promise<boolean>} false if this system is not Debian, or if a package cannot be downloaded
 */
export async function unpackFromDebian(packages, folder) {
  const mirror = await debianMirror();
  if (!mirror) return false;
  const work = await mkdtemp(join(tmpdir(), 'iroh-live-debian-'));
  try {
    const [lists, cache] = [join(work, 'lists'), join(work, 'cache')];
    await mkdir(join(lists, 'partial'), { recursive: true });
    await mkdir(join(cache, 'archives', 'partial'), { recursive: true });
    const source = join(work, 'sources.list');
    await writeFile(source, `deb [signed-by=${KEYRING}] ${mirror} ${RELEASE} main\n`);
    const settings = [
      ...['-o', `Dir::Etc::SourceList=${source}`, '-o', 'Dir::Etc::SourceParts=/dev/null'],
      ...['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'APT::Sandbox::User=root'],
    ];
    const options = { cwd: work };
    if (!(await succeeds('apt-get', ['-qq', ...settings, 'update'], options))) return false;
    if (!(await succeeds('apt-get', ['-qq', ...settings, 'download', ...packages], options))) return false;
    for (const name of await readdir(work)) {
      if (!name.endsWith('.deb')) continue;
      if (!(await succeeds('dpkg', ['-x', join(work, name), folder]))) return false;
    }
    return true;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Returns the URL of the Debian mirror in apt's sources; null if this system is not Debian. */
async function debianMirror() {
  const folder = '/etc/apt/sources.list.d';
  const names = await readdir(folder).catch(() => []);
  const files = [
    (await readOptional('/etc/apt/sources.list')) ?? '',
    ...(await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))),
  ];
  for (const text of files) {
    const found = /^(?:URIs:\s*|deb (?:\[[^\]]*\] )?)(https?:\S+\/debian)\/?(?:\s|$)/m.exec(text);
    if (found?.[1]) return found[1];
  }
  return null;
}
