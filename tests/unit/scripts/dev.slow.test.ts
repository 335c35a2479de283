import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium } from '../../support/browser.ts';
import { run, stopPrograms } from '../../support/processes.ts';
import { waitFor } from '../../support/wait.ts';

/**
 * Tests `npm run dev` with the browser host. The tests run on a copy of the project, because they edit its
 * sources.
 */

/** A build takes a few seconds, or longer on a busy machine. */
const BUILD_MS = 60_000;
const HOME = 'renderer/features/home/Home.tsx';
const HEADING = 'Live video, directly to your friends';
const MAIN = 'main/index.ts';

let browser: Browser;
let folder: string;
let project: string;

beforeAll(async () => {
  browser = await launchChromium();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dev-'));
  project = join(folder, 'project');
  copyProject(project);
});
afterEach(async () => {
  await stopPrograms();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(async () => {
  await browser.close();
});

/** Copies the project without ignored files. Its packages are linked instead of copied. */
function copyProject(target: string): void {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  for (const file of listed.toString().split('\0')) {
    if (!file || file.startsWith('tests/') || !existsSync(file)) continue;
    mkdirSync(join(target, dirname(file)), { recursive: true });
    cpSync(file, join(target, file));
  }
  symlinkSync(resolve('node_modules'), join(target, 'node_modules'), 'junction');
}

/** Starts `npm run dev` without npm. `urls` are the addresses that it has printed so far. */
function startDev() {
  const program = run(process.execPath, [
    ...[join(project, 'scripts/dev.mjs'), '--host', 'browser', '--no-open'],
    ...['--iroh-relay', 'disabled', '--iroh-bind', '127.0.0.1:0', '--data-dir', join(folder, 'data')],
  ]);
  const urls: string[] = [];
  program.onLine((line) => {
    const [, url] = /^Iroh Live is at (http:\S+)$/.exec(line) ?? [];
    // Without `--json`, no other line appears on stdout.
    expect(url, line).toBeDefined();
    urls.push(url ?? '');
  });
  const failWithOutput = (error: unknown) => {
    throw new Error(`${String(error)}\n${program.stderr()}`);
  };
  return {
    program,
    urls,
    /** Waits for the address of the app's Nth start, counted from 0. */
    ready: (start: number) => waitFor(`address ${start}`, () => urls[start], BUILD_MS).catch(failWithOutput),
    /** Waits until stderr matches. */
    printed: (pattern: RegExp) =>
      waitFor(`output ${pattern}`, () => pattern.test(program.stderr()), BUILD_MS).catch(failWithOutput),
  };
}

/**
 * Edits a source file of the project copy. Like many editors, replaces the file instead of writing in place.
 */
function edit(file: string, change: (text: string) => string): void {
  const path = join(project, file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(`${path}.saved`, after);
  renameSync(`${path}.saved`, path);
}

const addError = (text: string) => `${text}\nconst = 1;\n`;
const removeError = (text: string) => text.replace('\nconst = 1;\n', '');

/** The running processes in a process group; null if the system does not list them in /proc. */
function processesInGroup(groupId: number): string[] | null {
  if (!existsSync('/proc/self/stat')) return null;
  return readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      // The fields after the process name, which is in parentheses: state, parent, group.
      const [state, , group] =
        readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return Number(group) === groupId && state !== 'Z';
    } catch {
      // The process has already ended.
      return false;
    }
  });
}

describe('npm run dev', () => {
  test('reloads the page after a window change, and restarts the app after a change in main', async () => {
    const dev = startDev();
    const page = await browser.newPage();
    await page.goto(await dev.ready(0));
    await page.getByRole('heading', { name: HEADING }).waitFor();
    const url = page.url();

    edit(HOME, (text) => text.replace(HEADING, 'First heading'));
    await page.getByRole('heading', { name: 'First heading' }).waitFor({ timeout: BUILD_MS });
    edit(HOME, (text) => text.replace('First heading', 'Changed heading'));
    await page.getByRole('heading', { name: 'Changed heading' }).waitFor({ timeout: BUILD_MS });
    expect(page.url()).toBe(url);
    expect(dev.urls).toHaveLength(1);

    edit(MAIN, (text) => `${text}\nconsole.error('Changed main');\n`);
    const restarted = await dev.ready(1);
    await dev.printed(/^Changed main$/m);
    await page.waitForURL((now) => now.origin === new URL(restarted).origin, { timeout: 20_000 });
    await page.getByRole('heading', { name: 'Changed heading' }).waitFor();
    await page.close();
  }, 240_000);

  test('keeps watching while a source does not compile, with the app running, and ends all processes', async () => {
    edit(MAIN, addError);
    const dev = startDev();
    await dev.printed(/main\/index\.ts:\d+:\d+[\s\S]*The build failed; waiting for a change/);
    edit(MAIN, removeError);
    const url = await dev.ready(0);
    const page = await browser.newPage();
    await page.goto(url);
    await page.getByRole('heading', { name: HEADING }).waitFor();

    edit(HOME, addError);
    await dev.printed(/Home\.tsx:\d+:\d+[\s\S]*The build failed; the last build keeps running/);
    await page.reload();
    await page.getByRole('heading', { name: HEADING }).waitFor();
    expect(dev.urls).toHaveLength(1);
    await page.close();

    const { child } = dev.program;
    child.kill('SIGTERM');
    await expect.poll(() => child.exitCode, { timeout: 15_000 }).toBe(0);
    await expect.poll(() => processesInGroup(child.pid ?? 0) ?? [], { timeout: 5_000 }).toEqual([]);
    await expect(fetch(url)).rejects.toThrow();
  }, 240_000);
});
