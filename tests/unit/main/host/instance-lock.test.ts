import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'instance-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Starts a process that claims the folder. `next` reads the next line of its output. */
function start(dataDir: string, ticket = '', atMs = 0) {
  const args = ['tests/support/instance-child.ts', dataDir, ticket, String(atMs)];
  const child = spawn(process.execPath, ['--no-warnings', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  if (!child.stdout) throw new Error('no stdout');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse((await lines.next()).value ?? 'null');
  return { child, next };
}

describe('one instance per data folder', () => {
  test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
    'works for a user id without an entry in passwd',
    async () => {
      const uid = 54_321;
      expect((await readFile('/etc/passwd', 'utf8')).includes(`:${uid}:`)).toBe(false);
      await chown(folder, uid, uid);
      const { XDG_RUNTIME_DIR: _, HOME: __, ...env } = process.env;
      // The capability lets the process read this program even if its folder is closed to other users.
      const capability = '+dac_read_search';
      const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
      const capabilities = [`--inh-caps=${capability}`, `--ambient-caps=${capability}`];
      const node = [process.execPath, '--no-warnings', 'tests/support/instance-child.ts', folder, '', '0'];
      const child = spawn('setpriv', [...user, ...capabilities, '--', ...node], {
        env: { ...env, TMPDIR: folder },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      const lines = createInterface(child.stdout ?? process.stdin)[Symbol.asyncIterator]();
      expect(JSON.parse((await lines.next()).value ?? 'null')).toEqual({ kind: 'first' });
    },
  );

  test('a second start hands its ticket over', async () => {
    const first = start(folder);
    expect(await first.next()).toEqual({ kind: 'first' });
    expect(await start(folder, 'iroh-live:x/y').next()).toEqual({ kind: 'second', pid: first.child.pid });
    expect(await first.next()).toEqual({ opened: 'iroh-live:x/y' });
    await start(folder).next();
    expect(await first.next()).toEqual({ opened: null });
  });

  test('a symbolic link to a folder counts as the folder', async () => {
    const real = join(folder, 'real');
    await mkdir(real);
    await symlink(real, join(folder, 'link'));
    await start(real).next();
    expect(await start(join(folder, 'link')).next()).toMatchObject({ kind: 'second' });
  });

  test('instances with different folders run side by side, and the folders are created', async () => {
    expect(await start(join(folder, 'deep', 'a')).next()).toEqual({ kind: 'first' });
    expect(await start(join(folder, 'deep', 'b')).next()).toEqual({ kind: 'first' });
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('the next start works after %s', async (signal) => {
    const first = start(folder);
    await first.next();
    first.child.kill(signal);
    await once(first.child, 'exit');
    expect(await start(folder).next()).toEqual({ kind: 'first' });
    expect(await start(folder).next()).toMatchObject({ kind: 'second' });
  });

  test.skipIf(process.platform === 'win32')(
    'a start replaces an instance that is shutting down',
    async () => {
      const first = start(folder);
      await first.next();
      first.child.kill('SIGUSR2');
      expect(await first.next()).toEqual({ kind: 'ending' });
      expect(await start(folder, 'iroh-live:x/y').next()).toEqual({ kind: 'first' });
    },
  );

  test('exactly one of many simultaneous starts after a crash becomes the first instance', async () => {
    const crashed = start(folder);
    await crashed.next();
    crashed.child.kill('SIGKILL');
    await once(crashed.child, 'exit');
    const atMs = Date.now() + 1_500;
    const results = await Promise.all(Array.from({ length: 6 }, () => start(folder, '', atMs).next()));
    const kinds = results.map((result) => (result as { kind: string }).kind).sort();
    expect(kinds).toEqual(['first', 'second', 'second', 'second', 'second', 'second']);
  });

  // The test uses /proc, because Node's recursive mkdir does not terminate there.
  test.runIf(process.platform === 'linux')('reports a file system that cannot create folders', async () => {
    expect(await start('/proc/nothing').next()).toMatchObject({ kind: 'error' });
  });

  test('names a folder that cannot be created', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await start(join(folder, 'file', 'sub')).next()).toMatchObject({
      kind: 'error',
      message: expect.stringContaining(join(folder, 'file', 'sub')),
    });
  });
});
