import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './programs.mjs';
import { root } from './project.mjs';

/**
 * Mounts an empty file system at the first argument, binds the root folder to a folder in it, and changes the root to
 * that folder. Then changes to the folder in the second argument, and runs the remaining arguments. The mounts are
 * private, so they do not appear in other mount namespaces. Only the empty file system might appear there, because the
 * mount below it cannot be made private in a chroot.
 */
const SCRIPT = `set -e
  mount -t tmpfs iroh-live-tests "$1"
  mount --make-private "$1"
  folder=$1/root
  shift
  mkdir "$folder"
  mount --rbind / "$folder"
  mount --make-rprivate "$folder"
  exec chroot "$folder" sh -c 'cd "$0" && exec "$@"' "$@"`;

/**
 * In a chroot, the root folder is usually not a mount point, so `ip netns exec`, which remounts it, fails. If the root
 * folder is not a mount point and the user is root, returns a command that runs its arguments in a mount namespace in
 * which it is one. Otherwise returns an empty command. `close` removes the folder to which the root folder is bound.
 *
 * @returns {Promise<{ command: string[], close: () => void }>}
 */
export async function mountRoot() {
  const nothing = { command: [], close: () => undefined };
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || isRootMounted()) return nothing;
  const unshare = await findProgram('unshare');
  if (!unshare) return nothing;
  const folder = mkdtempSync(join(tmpdir(), 'iroh-live-root-'));
  const command = [unshare, '--mount', '--propagation', 'unchanged', 'sh', '-c', SCRIPT, 'sh', folder, root];
  const close = () => {
    spawnSync('umount', [folder], { stdio: 'ignore' });
    rmdirSync(folder);
  };
  return { command, close };
}

/** Returns whether the root folder of this process is a mount point. Linux only. */
function isRootMounted() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return mounts.some((mount) => mount.split(' ')[4] === '/');
}
