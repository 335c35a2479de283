/**
 * `node bench/serve/run.ts [--max 64] [--seconds 20] [--json FILE] [--profile]`: an app sends one broadcast of 2.5 Mbit/s to N
 * viewers over direct iroh connections on loopback. N doubles until more than a tenth of the groups are missing.
 * Prints the CPU time and memory that each further viewer costs the app's main
 * process. `--profile` writes a CPU profile of that process to the current folder.
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { removeDataDirs } from '../../tests/support/app-process.ts';
import { type Program, stopPrograms } from '../../tests/support/processes.ts';
import { sleep, waitFor } from '../../tests/support/wait.ts';
import {
  buildHeadlessApp,
  checkRunning,
  type HeadlessApp,
  startBenchProgram,
  startHeadlessApp,
  waitForEvent,
} from '../support/headless-app.ts';
import { readUsage } from '../support/usage.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
/** How long to let the numbers settle after viewers have joined, in milliseconds. */
const SETTLE_MS = 8_000;
/** How long a viewers' process may take to report its groups, in milliseconds. */
const REPORT_MS = 10_000;
/** Maximum fraction of groups that may be missing. A busy machine drops a few, so only a larger loss ends the bench. */
const MAX_MISSING = 0.1;

const { values } = parseArgs({
  options: {
    max: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '20' },
    json: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const max = Number(values.max);
if (!(seconds >= 5) || !(max >= 1)) throw new Error('--seconds must be at least 5, and --max at least 1');

const Groups = z.object({ received: z.number(), missing: z.number() });
type Groups = z.infer<typeof Groups>;

/** Measurements with one number of viewers. */
interface Row {
  viewers: number;
  /** CPU use of the main process, as a percentage of one core. */
  cpuPercent: number;
  residentMb: number;
  /** CPU use and memory of each viewer after the first one; null for one viewer. */
  cpuPercentPerFurther: number | null;
  residentMbPerFurther: number | null;
  groups: number;
  missing: number;
  load: number;
}

/** Reads and resets the counts of a process of viewers. */
async function readGroups(program: Program): Promise<Groups> {
  let line: string | undefined;
  program.onLine((text) => {
    line ??= text;
  });
  program.child.stdin?.write('\n');
  return Groups.parse(
    JSON.parse(String(await waitFor('the viewers’ groups', () => line ?? checkRunning(program), REPORT_MS))),
  );
}

async function sumGroups(programs: readonly Program[]): Promise<Groups> {
  const all = await Promise.all(programs.map(readGroups));
  return {
    received: all.reduce((sum, { received }) => sum + received, 0),
    missing: all.reduce((sum, { missing }) => sum + missing, 0),
  };
}

/** Measures the app for `seconds`. The resident memory is the median of one sample per second. */
async function measure({
  program: { child },
}: HeadlessApp): Promise<{ cpuPercent: number; residentMb: number }> {
  const { cpuMs: beforeMs } = await readUsage(child.pid);
  const samples: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    await sleep(1_000);
    samples.push((await readUsage(child.pid)).residentBytes / 1e6);
  }
  const spentMs = (await readUsage(child.pid)).cpuMs - beforeMs;
  const residentMb = samples.sort((a, b) => a - b)[samples.length >> 1] ?? 0;
  return { cpuPercent: spentMs / seconds / 10, residentMb };
}

async function bench(): Promise<Row[]> {
  const profile = values.profile ? ['--cpu-prof', '--cpu-prof-dir=.'] : [];
  const publisher = await startHeadlessApp('publisher', profile);
  await startBenchProgram(here('../memory/window.ts'), [publisher.url, 'publish', 'bench']);
  const { ticket } = await waitForEvent(publisher, 'live');
  const programs: Program[] = [];
  const rows: Row[] = [];
  let joined = 0;
  for (let viewers = 1; viewers <= max; viewers *= 2) {
    programs.push(await startBenchProgram(here('../memory/viewers.ts'), [ticket, String(viewers - joined)]));
    joined = viewers;
    await sleep(SETTLE_MS);
    await sumGroups(programs);
    const { cpuPercent, residentMb } = await measure(publisher);
    const { received: groups, missing } = await sumGroups(programs);
    const [first] = rows;
    const row: Row = {
      viewers,
      cpuPercent: round(cpuPercent),
      residentMb: round(residentMb),
      cpuPercentPerFurther: first ? round((cpuPercent - first.cpuPercent) / (viewers - 1)) : null,
      residentMbPerFurther: first ? round((residentMb - first.residentMb) / (viewers - 1)) : null,
      groups,
      missing,
      load: round(loadavg()[0] ?? 0),
    };
    rows.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
    if (missing > MAX_MISSING * (groups + missing)) break;
  }
  return rows;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

try {
  await buildHeadlessApp();
  const rows = await bench();
  console.table(rows);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ seconds, rows }, null, 1)}\n`);
} finally {
  await stopPrograms();
  removeDataDirs();
}
