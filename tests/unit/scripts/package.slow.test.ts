import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** Packages the app with the test runtime, and starts the packaged app. */

const runtime = process.env.ELECTRON_OVERRIDE_DIST_PATH;
const canRun = Boolean(process.platform === 'linux' && runtime && process.env.DISPLAY);
if (!canRun) process.stderr.write('SKIPPED: the packaged app: no Electron runtime or no display\n');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-packed-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(!canRun)('npm run package', () => {
  test('creates an app that starts and loads its native addon', { timeout: 180_000 }, async () => {
    const polyfill = join(folder, 'polyfill');
    await cp('tests/support/electron-polyfill', polyfill, { recursive: true });
    for (const file of ['core-js.js', 'core-js.preload.js']) {
      await cp(join(runtime ?? '', 'resources', 'app', file), join(polyfill, file));
    }
    const output = join(folder, 'release');
    const flags = ['--dir', '--electron-dist', runtime ?? '', '--polyfill', polyfill, '--output', output];
    await promisify(execFile)(process.execPath, ['scripts/package.mjs', ...flags]);
    const app = join(output, 'linux-unpacked');
    const unpacked = join(app, 'resources', 'app.asar.unpacked', 'node_modules', '@number0');
    expect((await readdir(unpacked, { recursive: true })).some((name) => name.endsWith('.node'))).toBe(true);

    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--json',
      '--iroh-relay',
      'disabled',
      '--data-dir',
      join(folder, 'data'),
    ];
    const child = spawn(join(app, 'iroh-live-desktop'), args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += String(chunk);
    });
    const exited = new Promise((done) => child.once('exit', done));
    try {
      await expect.poll(() => stdout, { timeout: 30_000 }).toContain('\n');
      expect(JSON.parse(stdout.split('\n')[0] ?? '')).toEqual({
        event: 'ready',
        url: 'app://iroh-live/',
        endpointId: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
