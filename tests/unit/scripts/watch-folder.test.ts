import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
// @ts-expect-error: the scripts are plain JavaScript, for the system’s Node
import { watchFolder } from '../../../scripts/lib/watch-folder.mjs';

let folder: string;
let changes = 0;
let stop: () => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-'));
  await mkdir(join(folder, 'sub'));
  await writeFile(join(folder, 'sub/file'), 'first');
  changes = 0;
  stop = watchFolder(folder, () => {
    changes += 1;
  });
});
afterEach(async () => {
  stop();
  await rm(folder, { recursive: true, force: true });
});

/** Expects `change` to be reported, then waits until there are no more reports about it. */
async function expectReport(change: () => Promise<void>): Promise<void> {
  await settle();
  const before = changes;
  await change();
  await expect.poll(() => changes, { timeout: 5_000 }).toBeGreaterThan(before);
}

async function settle(): Promise<void> {
  for (let before = -1; before !== changes; ) {
    before = changes;
    await new Promise((done) => setTimeout(done, 50));
  }
}

describe('a watched folder', () => {
  test('reports a file that is written, and one that is replaced repeatedly', async () => {
    await expectReport(() => writeFile(join(folder, 'sub/file'), 'second'));
    for (let i = 0; i < 3; i += 1) {
      // The new file is written outside the folder, so that only the replacement is reported.
      const saved = `${folder}-saved`;
      await writeFile(saved, String(i));
      await expectReport(() => rename(saved, join(folder, 'sub/file')));
    }
    await expectReport(() => writeFile(join(folder, 'sub/file'), 'last'));
  });

  test('reports files in new folders, even after a folder is removed and created again', async () => {
    for (let i = 0; i < 2; i += 1) {
      await expectReport(async () => void (await mkdir(join(folder, 'new'))));
      await expectReport(() => writeFile(join(folder, 'new/file'), 'first'));
      await expectReport(() => writeFile(join(folder, 'new/file'), 'second'));
      await expectReport(() => rm(join(folder, 'new'), { recursive: true }));
    }
  });
});
