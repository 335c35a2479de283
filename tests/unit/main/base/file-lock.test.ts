import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../../../main/base/file-lock.mjs';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'lock');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a file lock', () => {
  it('has only one owner at a time', async () => {
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

  it('is removed if its owner has crashed', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeFile(path, String(child.pid));
    const results = await Promise.all(
      [1, 2, 3].map((n) => withFileLock(path, async () => n, { timeoutMs: 5_000 })),
    );
    expect(results).toEqual([1, 2, 3]);
  });

  it('rejects after the timeout, and is released when the work fails', async () => {
    await writeFile(path, String(process.pid));
    await expect(withFileLock(path, async () => 1, { timeoutMs: 100 })).rejects.toThrow(/too long/);
    await rm(path);
    const fail = () => Promise.reject(new Error('failed'));
    await expect(withFileLock(path, fail, { timeoutMs: 100 })).rejects.toThrow('failed');
    expect(await withFileLock(path, async () => 1, { timeoutMs: 100 })).toBe(1);
  });
});
