/**
 * `node bench/memory/run.ts [--viewers 1,2,4,8,16] [--seconds 30] [--node-flag FLAG]…`: an app sends one
 * broadcast of 2.5 Mbit/s over direct iroh connections to N viewers: another app and N - 1 small clients.
 * Prints the memory and CPU time of both apps' main processes, without forcing garbage collections.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { newDataDir, removeDataDirs } from '../../tests/support/app-process.ts';
import { type CensusProbe, makeCensusProbe } from '../../tests/support/census.ts';
import { type Program, run, stopPrograms } from '../../tests/support/processes.ts';
import { sleep, waitFor } from '../../tests/support/wait.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const BROADCAST = 'bench';
const START_MS = 30_000;
/** How long to let the numbers settle after the viewers have joined, in milliseconds. */
const SETTLE_MS = 10_000;
/** Number of clock ticks per second. Linux reports CPU times in /proc in clock ticks. */
const TICKS_PER_S = 100;
const MB = 1e6;

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '1,2,4,8,16' },
    seconds: { type: 'string', default: '30' },
    'node-flag': { type: 'string', multiple: true, default: [] },
  },
});

/** A running app without a browser. */
interface App {
  name: string;
  program: Program;
  probe: CensusProbe;
  events: readonly JsonEvent[];
  url: string;
}

async function startApp(name: string): Promise<App> {
  const probe = makeCensusProbe();
  const program = run(
    process.execPath,
    [
      ...values['node-flag'],
      here('../../dist/main/cli.cjs'),
      ...['--host', 'browser', '--no-open', '--json', '--data-dir', newDataDir()],
      ...['--iroh-relay', 'disabled', '--iroh-bind', '127.0.0.1:0'],
    ],
    { env: probe.env },
  );
  const events: JsonEvent[] = [];
  program.onLine((line) => events.push(JSON.parse(line) as JsonEvent));
  const ready = await waitFor(
    `${name} is ready`,
    () => findEvent(events, 'ready') ?? check(program),
    START_MS,
  );
  return { name, program, probe, events, url: ready.url };
}

/** Starts one of the bench's programs and waits until it is ready. */
async function startHelper(file: string, args: readonly string[]): Promise<Program> {
  const program = run(process.execPath, ['--no-warnings', here(file), ...args]);
  let ready = false;
  program.onLine(() => {
    ready = true;
  });
  await waitFor(`${file} is ready`, () => ready || check(program), START_MS);
  return program;
}

/** Returns undefined while a program runs. */
function check({ child, stderr }: Program): undefined {
  if (child.exitCode !== null) throw new Error(`a program ended: ${stderr()}`);
}

function findEvent<K extends JsonEvent['event']>(events: readonly JsonEvent[], kind: K) {
  return events.find((event): event is Extract<JsonEvent, { event: K }> => event.event === kind);
}

/** The CPU time that a program has used, in milliseconds. */
async function cpuMs({ child }: Program): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_S;
}

/** Measures an app's memory and CPU time for this many seconds. */
async function measure(app: App, viewers: number, seconds: number): Promise<Record<string, string | number>> {
  await app.probe.readMemory();
  const beforeMs = await cpuMs(app.program);
  const residents: number[] = [];
  let last = await app.probe.readMemory();
  for (let second = 0; second < seconds; second += 1) {
    await sleep(1_000);
    last = await app.probe.readMemory();
    residents.push(last.residentBytes);
  }
  const spentMs = (await cpuMs(app.program)) - beforeMs;
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
  const publisher = await startApp('publisher');
  const viewer = await startApp('viewer');
  const rows = [await measure(publisher, 0, 3)];
  await startHelper('window.ts', [publisher.url, 'publish', BROADCAST]);
  const { ticket } = await waitFor('the broadcast', () => findEvent(publisher.events, 'live'), START_MS);
  await startHelper('window.ts', [viewer.url, 'watch', ticket]);
  let joined = 1;
  for (const count of counts) {
    if (count > joined) await startHelper('viewers.ts', [ticket, String(count - joined)]);
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
  await promisify(execFile)(process.execPath, [here('../../scripts/build.mjs')]);
  await bench(values.viewers.split(',').map(Number), Number(values.seconds));
} finally {
  await stopPrograms();
  removeDataDirs();
}
