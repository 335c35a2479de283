/**
 * `node bench/memory/run.ts [--viewers 1,2,4,8,16] [--seconds 30] [--node-flag FLAG]…`: an app sends one
 * broadcast of 2.5 Mbit/s over direct iroh connections to N viewers: another app and N - 1 small clients.
 * Prints the memory and CPU time of both apps' main processes, without forcing garbage collections.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { removeDataDirs } from '../../tests/support/app-process.ts';
import { stopPrograms } from '../../tests/support/processes.ts';
import { sleep } from '../../tests/support/wait.ts';
import {
  buildHeadlessApp,
  type HeadlessApp,
  startBenchProgram,
  startHeadlessApp,
  waitForEvent,
} from '../support/headless-app.ts';
import { readUsage } from '../support/usage.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const BROADCAST = 'bench';
/** How long to let the numbers settle after the viewers have joined, in milliseconds. */
const SETTLE_MS = 10_000;
const MB = 1e6;

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '1,2,4,8,16' },
    seconds: { type: 'string', default: '30' },
    'node-flag': { type: 'string', multiple: true, default: [] },
  },
});

/** Measures an app's memory and CPU time for this many seconds. */
async function measure(
  app: HeadlessApp,
  viewers: number,
  seconds: number,
): Promise<Record<string, string | number>> {
  await app.probe.readMemory();
  const { cpuMs: beforeMs } = await readUsage(app.program.child.pid);
  const residents: number[] = [];
  let last = await app.probe.readMemory();
  for (let second = 0; second < seconds; second += 1) {
    await sleep(1_000);
    last = await app.probe.readMemory();
    residents.push(last.residentBytes);
  }
  const spentMs = (await readUsage(app.program.child.pid)).cpuMs - beforeMs;
  const mb = (bytes: number) => Math.round(bytes / MB);
  return {
    app: app.name,
    viewers,
    'resident MB, median': mb(residents.sort((a, b) => a - b)[residents.length >> 1] ?? 0),
    'resident MB, largest': mb(Math.max(...residents)),
    'heap MB': mb(last.heapBytes),
    'external MB': mb(last.externalBytes),
    'CPU %': Number((spentMs / seconds / 10).toFixed(1)),
  };
}

async function bench(counts: readonly number[], seconds: number): Promise<void> {
  const publisher = await startHeadlessApp('publisher', values['node-flag']);
  const viewer = await startHeadlessApp('viewer', values['node-flag']);
  const rows = [await measure(publisher, 0, 3)];
  await startBenchProgram(here('window.ts'), [publisher.url, 'publish', BROADCAST]);
  const { ticket } = await waitForEvent(publisher, 'live');
  await startBenchProgram(here('window.ts'), [viewer.url, 'watch', ticket]);
  let joined = 1;
  for (const count of counts) {
    if (count > joined) await startBenchProgram(here('viewers.ts'), [ticket, String(count - joined)]);
    joined = count;
    await sleep(SETTLE_MS);
    const measured = await Promise.all(
      [publisher, ...(count === counts[0] ? [viewer] : [])].map((app) => measure(app, count, seconds)),
    );
    rows.push(...measured);
    process.stderr.write(`${measured.map((row) => JSON.stringify(row)).join('\n')}\n`);
  }
  rows.push({ ...(await measure(viewer, joined, 3)) });
  console.table(rows);
}

try {
  await buildHeadlessApp();
  await bench(values.viewers.split(',').map(Number), Number(values.seconds));
} finally {
  await stopPrograms();
  removeDataDirs();
}
