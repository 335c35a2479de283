import { afterAll, describe, expect, it } from 'vitest';
import { INSPECTOR_ENV, type Load, LoadMeter } from '../support/load-meter.ts';
import { run, stopPrograms } from '../support/processes.ts';
import { waitFor } from '../support/wait.ts';

/** The hostile tests depend on this meter, so these tests measure processes whose load is known. */

/** Measures a Node process that runs `code` during each measurement. */
async function measure(code: string): Promise<Load> {
  const lines: string[] = [];
  const program = run(process.execPath, ['--expose-gc', '-e', `${code}; console.log('ready')`], {
    env: INSPECTOR_ENV,
  });
  program.onLine((line) => lines.push(line));
  await waitFor('the process', () => lines.length > 0);
  const meter = await LoadMeter.open(program);
  await meter.start();
  const before = lines.length;
  await waitFor('the work', () => lines.length > before);
  const load = await meter.read();
  meter.close();
  await program.stop();
  return load;
}

/** Every 300 ms, uses the processor for 100 ms. */
const TASK = `setInterval(() => {
  const start = process.threadCpuUsage();
  const spentMs = () => Object.values(process.threadCpuUsage(start)).reduce((sum, us) => sum + us / 1000, 0);
  while (spentMs() < 100);
  console.log('worked');
}, 300)`;
/** Every second, collects the garbage of a heap with a million objects. */
const COLLECTION = `const objects = Array.from({ length: 1_000_000 }, (_, i) => ({ i, list: [i] }));
setInterval(() => {
  gc();
  console.log('worked', objects.length);
}, 1_000)`;

describe('the load of a process', () => {
  it('contains the time of a task that blocks the event loop', async () => {
    const { lagMs, gcMs } = await measure(TASK);
    expect(lagMs).toBeGreaterThan(80);
    expect(gcMs).toBeLessThan(lagMs);
  });

  it('contains the time of a garbage collection separately from the lag', async () => {
    const { lagMs, gcMs } = await measure(COLLECTION);
    expect(gcMs).toBeGreaterThan(20);
    expect(lagMs).toBeLessThan(gcMs / 2);
  });
});

afterAll(stopPrograms);
