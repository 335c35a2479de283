import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { installCommand, unpackFromDebian } from './debian.mjs';
import { exists, findProgram, succeeds } from './programs.mjs';
import { withProgress } from './progress.mjs';
import { printSkipped } from './skipped.mjs';
import { PEERS, SHARED } from './test-packages.mjs';

const PEBBLE = 'github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.0';
/** Path of the `go` program in a default Go installation. */
const USUAL_GO = '/usr/local/go/bin/go';
const BUILD_PEERS =
  'cargo install moq-relay@0.17.10 moq-cli@0.14.10 && cargo install iroh-relay@1.4.1 --features server ' +
  '&& PEERS_DIR=~/.cargo/bin npm test';

/**
 * Prepares a folder with programs from other projects for the interoperability tests. Prints a line that
 * begins with SKIPPED for each one that cannot be set up.
 *
 * @returns {Promise<string>} the folder
 */
export async function findPeers() {
  if (process.env.PEERS_DIR) return process.env.PEERS_DIR;
  await mkdir(PEERS, { recursive: true });
  await unpackPeers();
  await providePebble();
  await providePromtool();
  return PEERS;
}

async function unpackPeers() {
  const what = 'tests with moq-relay, moq and iroh-relay';
  const packed = join(SHARED, 'peers');
  if (!(await exists(packed))) return printSkipped(what, 'there is no ../shared/peers', BUILD_PEERS);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return printSkipped(what, 'they are built for Linux on x86-64', BUILD_PEERS);
  }
  for (const name of ['moq-relay', 'moq', 'iroh-relay']) {
    const from = join(packed, `${name}.xz`);
    const to = join(PEERS, name);
    if (!(await exists(from))) continue;
    if ((await exists(to)) && (await stat(to)).mtimeMs >= (await stat(from)).mtimeMs) continue;
    // If xz is missing, a line that begins with SKIPPED has already been printed.
    if (!(await findProgram('xz'))) return;
    const part = `${to}.${process.pid}`;
    const unpack = ['-c', 'xz -dc "$1" > "$2"', 'bash', from, part];
    if (!(await withProgress(`Unpacking ${name}`, () => succeeds('bash', unpack)))) {
      return printSkipped(what, 'xz could not unpack them');
    }
    await chmod(part, 0o755);
    await rename(part, to);
  }
}

/**
 * Installs Pebble, Let's Encrypt's ACME test server. Builds it with Go if possible, otherwise downloads
 * Debian's older version (3 MB).
 */
async function providePebble() {
  const program = join(PEERS, 'pebble');
  if (await exists(program)) return;
  const go = (await findProgram('go')) ?? ((await exists(USUAL_GO)) ? USUAL_GO : null);
  const build = async (/** @type {string} */ folder) => {
    const env = { ...process.env, GOBIN: folder };
    if (!go || !(await succeeds(go, ['install', PEBBLE], { env }))) return null;
    return join(folder, 'pebble');
  };
  if (
    await provide(program, async (folder) => (await build(folder)) ?? fromDebian('pebble', 'pebble', folder))
  )
    return;
  printSkipped(
    'tests that obtain certificates from an authority',
    'there is no Pebble, and neither Go nor Debian provides it',
    `install Go (https://go.dev/dl), then: GOBIN=${PEERS} go install ${PEBBLE}`,
  );
}

/**
 * Downloads Prometheus' program that checks metrics and rules (25 MB), unless it is installed. Before Debian 13, only
 * the package of Prometheus contains it, and installing that package would also start Prometheus.
 */
async function providePromtool() {
  const program = join(PEERS, 'promtool');
  if ((await findProgram('promtool')) || (await exists(program))) return;
  if (await provide(program, (folder) => fromDebian('promtool', 'promtool', folder))) return;
  const apt = await findProgram('apt-get');
  const command = apt ? `${installCommand(['promtool'])} (prometheus before Debian 13)` : null;
  printSkipped('tests of the metrics with promtool', 'there is no promtool', command);
}

/**
 * Moves a program to its final path once it is complete, so that an interruption leaves no incomplete program there.
 *
 * @param {string} program the program's final path
 * @param {(folder: string) => Promise<string | null>} make makes the program in a temporary folder and returns its
 *   path; null if it cannot be made
 * @returns {Promise<boolean>} false if it cannot be made
 */
async function provide(program, make) {
  const folder = `${program}.${process.pid}`;
  await mkdir(folder, { recursive: true });
  try {
    const made = await withProgress(`Setting up ${basename(program)}`, () => make(folder));
    if (made) await rename(made, program);
    return made !== null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Unpacks a program of a Debian package.
 *
 * @param {string} packageName
 * @param {string} name the program's name
 * @param {string} folder
 * @returns {Promise<string | null>} the program's path; null if the package cannot be downloaded
 */
async function fromDebian(packageName, name, folder) {
  return (await unpackFromDebian([packageName], folder)) ? join(folder, 'usr', 'bin', name) : null;
}
