import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error The scripts have no declarations.
import { mountRoot } from '../../../scripts/lib/root-mount.mjs';

/**
 * Creates a chroot with this system's folders at the first argument, and runs the remaining arguments in it. The folder
 * itself stays empty, because its content is in a file system that only this mount namespace has.
 */
const IN_CHROOT = `set -e
  mount -t tmpfs iroh-live-tests "$1"
  set -- "$1/root" "$@"
  mkdir "$1"
  for entry in /*; do
    if [ -L "$entry" ]; then cp -P "$entry" "$1/"; continue; fi
    [ -d "$entry" ] || continue
    mkdir "$1$entry"
    mount --rbind "$entry" "$1$entry"
  done
  root=$1
  shift 2
  exec chroot "$root" "$@"`;
/** Fails unless the root folder is a mount point. */
const NEEDS_MOUNT = ['unshare', '--mount', 'sh', '-c', 'pwd'];

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iroh-live-chroot-'));
});
// Never recursively: if mounts were left, this system's files would be deleted.
afterEach(() => rmdirSync(folder));

describe.skipIf(!mayMount)('the root folder of a chroot', () => {
  it('is a mount point for the command, which runs in the project’s folder', () => {
    const script = `
      import { spawnSync } from 'node:child_process';
      import { existsSync } from 'node:fs';
      import { mountRoot } from ${JSON.stringify(pathToFileURL(resolve('scripts/lib/root-mount.mjs')).href)};
      const run = ([program, ...args]) => spawnSync(program, args, { encoding: 'utf8' });
      const { command, close } = await mountRoot();
      const without = run(${JSON.stringify(NEEDS_MOUNT)}).status;
      const { stdout, stderr } = run([...command, ...${JSON.stringify(NEEDS_MOUNT)}]);
      close();
      const left = existsSync(command[command.indexOf('sh', 4) + 3]);
      console.log(JSON.stringify({ without, stdout, stderr, left }));
    `;
    const node = [process.env.NODE_PROGRAM ?? process.execPath, '--input-type=module', '-e', script];
    const output = execFileSync('unshare', ['--mount', 'sh', '-c', IN_CHROOT, 'sh', folder, ...node]);
    expect(JSON.parse(output.toString())).toEqual({
      without: 1,
      stdout: `${process.cwd()}\n`,
      stderr: '',
      left: false,
    });
  });

  it('needs no command if it is already a mount point', async () => {
    const { command, close } = await mountRoot();
    close();
    expect(command).toEqual([]);
  });
});
