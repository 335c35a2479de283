import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Maximum compressed size of a first page load, in bytes. */
const BUDGET_BYTES = 210_000;

let folder: string;
let output: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-web-'));
  const args = ['scripts/build.mjs', '--force', '--outdir', join(folder, 'dist')];
  output = (await promisify(execFile)(process.execPath, args)).stderr;
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a relay’s pages', () => {
  it('load less than 210 kB, including the player', async () => {
    const sizes = JSON.parse(await readFile(join(folder, 'dist/web/sizes.json'), 'utf8'));
    expect(output).toMatch(/Relay pages, compressed: start \d+ kB, watching \d+ kB/);
    for (const { first, watching } of [sizes.viewer, sizes.embed, sizes.publish]) {
      expect(first).toBeGreaterThan(10_000);
      expect(watching).toBeLessThan(BUDGET_BYTES);
    }
    // The entry point does not contain the player.
    expect(sizes.viewer.first).toBeLessThan(BUDGET_BYTES / 2);
  });

  it('refer to existing files that have a content hash in their names', async () => {
    const files = await readdir(join(folder, 'dist/web/assets'));
    for (const page of ['index', 'embed', 'publish']) {
      const html = await readFile(join(folder, `dist/web/${page}.html`), 'utf8');
      expect(html).not.toContain('{{');
      const named = [...html.matchAll(/"assets\/([^"]+)/g)].map(([, name]) => name);
      expect(named).toHaveLength(3);
      expect(files).toEqual(expect.arrayContaining(named));
      expect(named.filter((name) => /-[0-9A-Z]{8}\.(js|css)$/.test(name ?? ''))).toHaveLength(2);
    }
  });
});
