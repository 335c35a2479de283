import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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
