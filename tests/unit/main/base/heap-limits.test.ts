import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const MODULE = new URL('../../../../main/base/heap-limits.ts', import.meta.url).href;

/** The size of V8's young generation in bytes, after a process has created many short-lived objects. */
async function youngGenerationBytes(prepare: string): Promise<number> {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { limitHeapGrowth } from '${MODULE}';
    ${prepare}
    let kept = [];
    for (let i = 0; i < 2_000_000; i += 1) {
      kept.push({ i });
      if (kept.length > 20_000) kept = [];
    }
    console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--no-warnings', '--input-type=module', '--experimental-strip-types', '--eval', script],
  ]);
  return Number(stdout);
}

test('the young generation of the heap does not grow', async () => {
  expect(await youngGenerationBytes('')).toBeGreaterThan(8e6);
  expect(await youngGenerationBytes('limitHeapGrowth();')).toBeLessThan(8e6);
});
