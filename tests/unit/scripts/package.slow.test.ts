import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkFuses, fusesOf } from '../../../scripts/lib/fuses.mjs';

/** Packages the app with the test runtime, and starts the packaged app. */

const runtime = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? '';
const canRun = Boolean(process.platform === 'linux' && runtime && process.env.DISPLAY);
if (!canRun) process.stderr.write('SKIPPED: the packaged app: no Electron runtime or no display\n');

let folder: string;
let output: string;
let program: string;

beforeAll(async () => {
  if (!canRun) return;
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-packed-'));
  const polyfill = join(folder, 'polyfill');
  await cp('tests/support/electron-polyfill', polyfill, { recursive: true });
  for (const file of ['core-js.js', 'core-js.preload.js']) {
    await cp(join(runtime, 'resources', 'app', file), join(polyfill, file));
  }
  output = join(folder, 'release');
  // The check must not read a program that an earlier build left in the folder.
  await mkdir(join(output, 'linux-old'), { recursive: true });
  await writeFile(join(output, 'linux-old', 'iroh-live-desktop'), 'not a program');
  const flags = ['--dir', '--electron-dist', runtime, '--polyfill', polyfill, '--output', output];
  await promisify(execFile)(process.execPath, ['scripts/package.mjs', ...flags]);
  program = join(output, 'linux-unpacked', 'iroh-live-desktop');
}, 180_000);

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the packaged app. `firstEvent` resolves to its first JSON line. */
function start(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(program, ['--no-sandbox', '--disable-gpu', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_DATA_HOME: folder, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += String(chunk);
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 40_000);
  const ended = new Promise<Ended>((done) => {
    child.once('close', (code) => {
      clearTimeout(deadline);
      done({ code, stdout, stderr });
    });
  });
  const firstEvent = async (): Promise<Record<string, unknown>> => {
    await expect.poll(() => stdout, { timeout: 30_000 }).toContain('\n');
    return JSON.parse(stdout.split('\n')[0] ?? '');
  };
  return { child, ended, firstEvent };
}

describe.skipIf(!canRun)('npm run package', () => {
  test('creates an app that starts and loads its native addon', { timeout: 60_000 }, async () => {
    const unpacked = join(program, '..', 'resources', 'app.asar.unpacked', 'node_modules', '@number0');
    expect((await readdir(unpacked, { recursive: true })).some((name) => name.endsWith('.node'))).toBe(true);
    const { child, ended, firstEvent } = start([
      ...['--json', '--iroh-relay', 'disabled', '--data-dir', join(folder, 'data')],
    ]);
    expect(await firstEvent()).toEqual({
      event: 'ready',
      url: 'app://iroh-live/',
      endpointId: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test('sets the fuses of the program', async () => {
    expect(await fusesOf(program)).toEqual({
      runAsNode: false,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      enableCookieEncryption: false,
      // Electron 22 does not have the `grantFileProtocolExtraPrivileges` fuse.
      loadBrowserProcessSpecificV8Snapshot: false,
    });
    // Electron 22 does not have this fuse.
    await checkFuses(program, ['grantFileProtocolExtraPrivileges']);
    await expect(checkFuses(program)).rejects.toThrow(
      `${program}: the fuse grantFileProtocolExtraPrivileges is missing`,
    );
    const copy = join(folder, 'copy');
    await copyFile(program, copy);
    await flipFuses(copy, { version: FuseVersion.V1, [FuseV1Options.RunAsNode]: true });
    await expect(checkFuses(copy, ['grantFileProtocolExtraPrivileges'])).rejects.toThrow(
      'the fuse runAsNode is on',
    );
    await expect(checkFuses(join(folder, 'absent'))).rejects.toThrow(/ENOENT/);
  });

  test('runs no code of other programs', { timeout: 60_000 }, async () => {
    const marker = join(folder, 'marker');
    const code = `require('fs').writeFileSync(${JSON.stringify(marker)}, '')`;
    const script = join(folder, 'code.js');
    await writeFile(script, code);
    // Without the `onlyLoadAppFromAsar` fuse, Electron would load this folder instead of the archive.
    const planted = join(program, '..', 'resources', 'app');
    await mkdir(planted, { recursive: true });
    await writeFile(join(planted, 'package.json'), '{"main":"main.js"}');
    await writeFile(join(planted, 'main.js'), code);
    const attempts = [
      start(['--version', '-e', code], { ELECTRON_RUN_AS_NODE: '1' }),
      start(['--version'], { NODE_OPTIONS: `--require ${script}` }),
      start(['--version', '-r', script]),
      start(['--version']),
    ];
    const codes = await Promise.all(attempts.map(async ({ ended }) => (await ended).code));
    expect(existsSync(marker)).toBe(false);
    expect(codes.at(-1)).toBe(0);
  });

  test.each([
    ['--inspect=0'],
    ['--inspect-brk=0'],
    ['-inspect=0'],
    ['--remote-debugging-port=0'],
    ['--remote-debugging-pipe'],
  ])('refuses %s', async (flag) => {
    const { code, stdout, stderr } = await start(['--json', flag, '--data-dir', join(folder, 'data')]).ended;
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      event: 'error',
      message: `An installed app cannot be debugged: remove ${flag.replace(/^-+/, '--').replace(/=.*/, '')}`,
    });
    expect(stderr).not.toMatch(/Debugger listening|DevTools listening/);
  });

  test('runs the commands that need no window', { timeout: 60_000 }, async () => {
    const version = await start(['--version'], { DISPLAY: '' }).ended;
    expect(version.code).toBe(0);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await start(['ticket', 'x'], { DISPLAY: '' }).ended).toMatchObject({ code: 2 });
    expect((await start(['relay', 'token', 'key']).ended).stdout).toMatch(/^\{"kty":"EC"/);
  });

  test('runs the relay, which ends after a signal', { timeout: 60_000 }, async () => {
    const options = ['--dev', '--bind', '127.0.0.1:0', '--iroh-relay', 'disabled'];
    const { child, ended, firstEvent } = start(['--json', 'relay', ...options]);
    const { event, http } = await firstEvent();
    expect(event).toBe('ready');
    expect((await fetch(new URL('/healthz', String(http)))).status).toBe(200);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain('ending: SIGTERM');
  });
});
