import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** Tests `npm start` as users and scripts run it. */

let folder: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  lines(): { event: string; [key: string]: unknown }[];
  end: Promise<{ code: number | null; signal: string | null }>;
}

function start(args: string[], program: [string, ...string[]] = ['node', 'scripts/start.mjs']): Run {
  const [command, ...first] = program;
  const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += String(chunk);
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    lines: () =>
      stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    end: new Promise((done) => child.once('close', (code, signal) => done({ code, signal }))),
  };
}

const window = (...more: string[]) => [
  '--json',
  '--host',
  'browser',
  '--no-open',
  '--iroh-relay',
  'disabled',
  '--data-dir',
  folder,
  ...more,
];

async function ready(run: Run): Promise<URL> {
  await expect
    .poll(run.lines, { timeout: 30_000 })
    .toContainEqual(expect.objectContaining({ event: 'ready' }));
  return new URL(String(run.lines()[0]?.url));
}

const answers = (url: URL) =>
  fetch(url, { redirect: 'manual' }).then(
    () => true,
    () => false,
  );

describe('npm start', () => {
  test('prints only JSON lines, and shuts down in order after a signal', async () => {
    const run = start(window(), ['npm', 'start', '--']);
    const url = await ready(run);
    expect(await answers(url)).toBe(true);
    expect(run.stderr().match(/^Host: /gm)).toHaveLength(1);
    run.child.kill('SIGTERM');
    await run.end;
    expect(run.lines().every(({ event }) => typeof event === 'string')).toBe(true);
    await expect.poll(() => answers(url), { timeout: 5_000 }).toBe(false);
  });

  test('exits with status 0 after a signal', async () => {
    const run = start(window());
    await ready(run);
    run.child.kill('SIGINT');
    expect(await run.end).toEqual({ code: 0, signal: null });
  });

  test('leaves no orphan when it is killed', async () => {
    const run = start(window());
    const url = await ready(run);
    run.child.kill('SIGKILL');
    await expect.poll(() => answers(url), { timeout: 10_000 }).toBe(false);
    const again = start(window());
    await ready(again);
  });

  test('starts quickly if nothing changed', async () => {
    await start(['--version']).end;
    const startMs = async (program: [string, ...string[]], dataDir: string) => {
      const sinceMs = performance.now();
      const run = start(window('--data-dir', join(folder, dataDir)), program);
      await ready(run);
      return { elapsedMs: performance.now() - sinceMs, run };
    };
    // Also measure the start of the app without the script, because a busy machine delays both.
    const app = await startMs(['node_modules/node/bin/node', 'dist/main/cli.cjs'], 'app');
    const script = await startMs(['node', 'scripts/start.mjs'], 'script');
    expect(script.elapsedMs).toBeLessThan(3 * app.elapsedMs + 3_000);
    expect(script.run.stderr()).not.toMatch(/Installing|Building/);
  });

  test('passes a second start’s ticket to the running app with the same folder, and runs beside an app with another folder', async () => {
    const [vector] = JSON.parse(await readFile('tests/fixtures/tickets.json', 'utf8'));
    await ready(start(window()));
    const second = start(window(vector.ticket));
    expect(await second.end).toMatchObject({ code: 0 });
    expect(second.lines()).toEqual([{ event: 'handed-over', pid: expect.any(Number) }]);
    const other = start(window('--data-dir', join(folder, 'other')));
    await ready(other);
  });

  test('prints the address again when a second start cannot open a page', async () => {
    const text = window().filter((option) => option !== '--json');
    const first = start(text);
    const addresses = () => first.stdout().match(/^Iroh Live is at http:\/\/127\.0\.0\.1:\d+\S*$/gm) ?? [];
    await expect.poll(addresses, { timeout: 30_000 }).toHaveLength(1);
    expect(await start(text).end).toMatchObject({ code: 0 });
    await expect.poll(addresses, { timeout: 10_000 }).toHaveLength(2);
    expect(addresses()[1]).toBe(addresses()[0]);
  });

  test('exits with an error that names the port if it is in use', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const address = other.address();
    const port = String(typeof address === 'object' && address ? address.port : 0);
    const run = start(window('--port', port));
    expect(await run.end).toMatchObject({ code: 1 });
    expect(run.lines()).toEqual([{ event: 'error', message: expect.stringContaining(port) }]);
    other.close();
  });

  test.each([
    ['--bogus', 2, /--bogus/],
    ['--port=x', 2, /--port.*x/],
    ['no-ticket-at-all', 2, /ticket/],
  ])('%s causes exit status %i and an error that names the argument', async (arg, code, message) => {
    const run = start(window(arg));
    expect(await run.end).toMatchObject({ code });
    expect(run.lines()).toMatchObject([{ event: 'error', message: expect.stringMatching(message) }]);
    expect(run.stderr()).toMatch(message);
  });

  test('exits with an error that names the data folder if it is a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const run = start(window('--data-dir', file));
    expect(await run.end).toMatchObject({ code: 1 });
    expect(run.lines()).toEqual([{ event: 'error', message: expect.stringContaining(file) }]);
  });
});

describe('npm start -- ticket', () => {
  test('decodes every test vector', async () => {
    const vectors = JSON.parse(await readFile('tests/fixtures/tickets.json', 'utf8'));
    for (const vector of vectors.slice(0, 3)) {
      const run = start(['ticket', vector.ticket, '--json']);
      expect(await run.end).toMatchObject({ code: 0 });
      const { endpointId, relayUrls, ipAddrs, broadcastName, ticket } = vector;
      expect(run.lines()).toEqual([{ endpointId, relayUrls, ipAddrs, broadcastName, ticket }]);
    }
  });

  test('reports an invalid ticket with status 2', async () => {
    const json = start(['ticket', 'nonsense', '--json']);
    expect(await json.end).toMatchObject({ code: 2 });
    expect(json.lines()).toMatchObject([{ event: 'error', message: expect.any(String) }]);
    const text = start(['ticket', 'nonsense']);
    expect(await text.end).toMatchObject({ code: 2 });
    expect(text.stdout()).toBe('');
    expect(text.stderr()).not.toBe('');
  });
});
