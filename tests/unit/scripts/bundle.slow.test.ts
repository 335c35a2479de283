import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test.runIf(process.platform === 'linux')(
  'leaves no process of the build behind',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'iroh-live-build-'));
    const script = `
    import { readFileSync } from 'node:fs';
    import { build } from './scripts/lib/bundle.mjs';
    await build({ outdir: ${JSON.stringify(join(folder, 'dist'))} });
    const children = () => readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8');
    // The service process ends a moment after the signal.
    for (let i = 0; i < 100 && children() !== ''; i += 1) await new Promise((done) => setTimeout(done, 50));
    console.log(JSON.stringify(children()));
  `;
    try {
      const args = ['--input-type=module', '--eval', script];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      expect(JSON.parse(stdout)).toBe('');
      expect(await readFile(join(folder, 'dist', 'stamp'), 'utf8')).not.toBe('');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  120_000,
);
