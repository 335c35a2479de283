import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withFileLock } from '../../../scripts/lib/file-lock.mjs';
// @ts-expect-error: the scripts are plain JavaScript, for the system's Node
import { chooseHost, displayProblem } from '../../../scripts/lib/host.mjs';
// @ts-expect-error: as above
import { isInstalled } from '../../../scripts/lib/install.mjs';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scripts-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('choosing the host', () => {
  test('only Linux needs a display', () => {
    expect(displayProblem('linux', {})).toMatch(/no display/);
    expect(displayProblem('linux', { DISPLAY: ':0' })).toBeNull();
    expect(displayProblem('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBeNull();
    expect(displayProblem('darwin', {})).toBeNull();
    expect(displayProblem('win32', {})).toBeNull();
  });

  test.runIf(process.platform === 'linux')('is the browser without a display, with the reason', async () => {
    vi.stubEnv('DISPLAY', '');
    vi.stubEnv('WAYLAND_DISPLAY', '');
    expect(await chooseHost(null, process.execPath)).toEqual({
      name: 'browser',
      why: expect.stringMatching(/no display/),
    });
    await expect(chooseHost('electron', process.execPath)).rejects.toThrow(/no display/);
    expect(await chooseHost('browser', process.execPath)).toMatchObject({ name: 'browser' });
  });

  test.runIf(process.platform === 'linux')('is Electron if there are a display and its program', async () => {
    vi.stubEnv('DISPLAY', ':99');
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', folder);
    expect(await chooseHost(null, process.execPath)).toMatchObject({
      name: 'browser',
      why: expect.stringContaining(folder),
    });
    await writeFile(join(folder, 'electron'), '');
    expect(await chooseHost('electron', process.execPath)).toMatchObject({
      name: 'electron',
      program: join(folder, 'electron'),
    });
  });
});

test('isInstalled() finds the packages in the lock file', async () => {
  expect(await isInstalled()).toBe(true);
});

describe('the lock between processes', () => {
  test('admits one owner at a time', async () => {
    const path = join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((done) => setTimeout(done, 5));
      inside--;
    };
    await Promise.all(Array.from({ length: 10 }, () => withFileLock(path, work, { timeoutMs: 10_000 })));
    expect(most).toBe(1);
    await expect(readFile(path)).rejects.toThrow(/ENOENT/);
  });

  test('is removed if its owner crashed', async () => {
    const path = join(folder, 'lock');
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeFile(path, String(child.pid));
    const results = await Promise.all(
      [1, 2, 3].map((n) => withFileLock(path, async () => n, { timeoutMs: 5_000 })),
    );
    expect(results).toEqual([1, 2, 3]);
  });

  test('fails after the timeout, and is released after a failure', async () => {
    const path = join(folder, 'lock');
    await writeFile(path, String(process.pid));
    await expect(withFileLock(path, async () => 1, { timeoutMs: 100 })).rejects.toThrow(/too long/);
    await rm(path);
    const fail = () => Promise.reject(new Error('failed'));
    await expect(withFileLock(path, fail, { timeoutMs: 100 })).rejects.toThrow('failed');
    expect(await withFileLock(path, async () => 1, { timeoutMs: 100 })).toBe(1);
  });
});
