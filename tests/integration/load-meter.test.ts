import { afterAll, describe, expect, it } from 'vitest';
import { INSPECTOR_ENV, type Load, LoadMeter } from '../support/load-meter.ts';
import { run, stopPrograms } from '../support/processes.ts';
import { waitFor } from '../support/wait.ts';

/** Because the hostile tests depend on this meter, these tests measure processes with a known load. */

/**
 * Measures a Node process that runs `code`, which prints the CPU time of each unit of its work, in ms.
 * Returns the load and the longest unit.
 */
async function measure(code: string): Promise<Load & { workMs: number }> {
  const lines: string[] = [];
  const program = run(process.execPath, ['--expose-gc', '-e', `${CPU_MS}; ${code}; console.log(0)`], {
    env: INSPECTOR_ENV,
  });
  program.onLine((line) => lines.push(line));
  await waitFor('the process', () => lines.length > 0);
  const meter = await LoadMeter.open(program);
  await meter.start();
  const before = lines.length;
  await waitFor('the work', () => lines.length > before);
  const workMs = Math.max(...lines.slice(before).map(Number));
  const load = await meter.read();
  meter.close();
  await program.stop();
  return { ...load, workMs };
}

/** Returns the CPU time of the main thread since `start`, in ms. */
const CPU_MS = `const cpuMs = (start) =>
  Object.values(process.threadCpuUsage(start)).reduce((sum, us) => sum + us / 1000, 0)`;
/** Uses the processor for 100 ms every 300 ms. */
const TASK = `setInterval(() => {
  const start = process.threadCpuUsage();
  while (cpuMs(start) < 100);
  console.log(cpuMs(start));
}, 300)`;
/** Every second, forces a garbage collection of a heap with a million objects. */
const COLLECTION = `globalThis.objects = Array.from({ length: 1_000_000 }, (_, i) => ({ i, list: [i] }));
setInterval(() => {
  const start = process.threadCpuUsage();
  gc();
  console.log(cpuMs(start));
}, 1_000)`;

describe('the load of a process', () => {
  it('contains the time of a task that blocks the event loop', async () => {
    const { lagMs } = await measure(TASK);
    expect(lagMs).toBeGreaterThan(80);
  });

  it('contains the time of a garbage collection separately from the lag', async () => {
    const { lagMs, gcMs, workMs } = await measure(COLLECTION);
    expect(gcMs).toBeGreaterThan(workMs / 2);
    expect(lagMs).toBeLessThan(workMs / 2);
  });
});

afterAll(stopPrograms);
