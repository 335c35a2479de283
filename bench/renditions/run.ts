/**
 * `node bench/renditions/run.ts [--scenario NAME]… [--seconds N] [--only app|webrtc] [--json FILE] [--traces
 * DIR]`: compares the app with WebRTC on the same simulated networks, between two Chromium instances in
 * network namespaces. Needs root.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { netlabProblem } from '../../tests/support/netlab.ts';
import { stopPrograms } from '../../tests/support/processes.ts';
import { type Run, runApp } from './app-run.ts';
import { buildApp } from './build.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type Measurement, record } from './record.ts';
import type { Step } from './recording.ts';
import { chosenScenarios, type Scenario } from './scenarios.ts';
import { type LabStage, openLabStage } from './stage.ts';
import { markdownRow, tableHead } from './table.ts';
import { encodeTrace, type Signal, signalMs, type Trace } from './trace.ts';
import { runWebRtc } from './webrtc-run.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '20' },
    json: { type: 'string' },
    /** The only system to run. By default, both run. */
    only: { type: 'string' },
    /**
     * Output folder for traces: the recorded inputs of the app's estimator and policy, one file per scenario.
     */
    traces: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 5)) throw new Error('--seconds must be at least 5');
const chosen = chosenScenarios(values.scenario);
const why = netlabProblem();
if (why) throw new Error(why);

type System = 'app' | 'webrtc';
interface Result extends Omit<Measurement, 'recording'> {
  scenario: string;
  system: System;
  figures: Figures;
  /**
   * Load average of the last minute. If it exceeds the number of processors, the figures reflect the
   * machine's load rather than the two systems.
   */
  load: number;
}

const systems: readonly System[] = (['app', 'webrtc'] as const).filter(
  (system) => values.only === undefined || values.only === system,
);
if (systems.length === 0) throw new Error('--only must be app or webrtc');

const tracedDist = fileURLToPath(new URL('../../dist.readable-traced', import.meta.url));

async function startApp(stage: LabStage): Promise<Run> {
  return runApp(stage, values.traces === undefined ? {} : { cli: join(tracedDist, 'main/cli.cjs') });
}

/** Wraps the run so that close() first passes the viewer page's trace to `keep`. */
async function traced(run: Run, keep: (trace: Trace) => void): Promise<Run> {
  const close = async () => {
    const trace = await run.pages.b.evaluate(() => window.benchTrace);
    if (trace) keep(trace);
    await run.close();
  };
  return { ...run, close };
}

function writeTrace(
  folder: string,
  name: string,
  { originMs, signals }: Trace,
  steps: readonly Step[],
): void {
  const marks = steps.map((step): Signal => ({ kind: 'step', atMs: step.atMs - originMs, name: step.name }));
  const all = [...marks, ...signals].sort((a, b) => signalMs(a) - signalMs(b));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.trace`), encodeTrace({ originMs, signals: all }));
}

async function measure(stage: LabStage, scenario: Scenario, system: System): Promise<Result> {
  let trace: Trace | undefined;
  const keep = (kept: Trace) => {
    trace = kept;
  };
  const { recording, ...rest } = await record(stage, scenario, seconds, async () =>
    system === 'app'
      ? traced(await startApp(stage), keep)
      : runWebRtc(stage, scenario.relayed ? stage.udpRelay : null),
  );
  if (values.traces && trace) writeTrace(values.traces, scenario.name, trace, recording.steps);
  const [load = 0] = loadavg();
  return { scenario: scenario.name, system, figures: figuresOf(recording), load, ...rest };
}

const results: Result[] = [];
if (values.traces === undefined) await buildApp();
else {
  const page = fileURLToPath(new URL('page/traced-page.ts', import.meta.url));
  await buildApp('--outdir', tracedDist, '--readable', '--page', page);
}
const stage = await openLabStage();
try {
  console.log(tableHead());
  for (const scenario of chosen) {
    for (const system of systems) {
      try {
        const result = await measure(stage, scenario, system);
        results.push(result);
        console.log(markdownRow(scenario.title, system, result.figures, result));
      } catch (error) {
        // If one scenario fails, continue with the others.
        process.exitCode = 1;
        console.error(`${scenario.name}, ${system}: ${String(error)}`);
      }
    }
  }
} finally {
  await stage.close();
  await stopPrograms();
  const busiest = Math.max(0, ...results.map(({ load }) => load));
  if (busiest > cpus().length) {
    console.error(
      `The load was up to ${busiest.toFixed(1)} on ${cpus().length} processors, so the figures are provisional.`,
    );
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ seconds, results }, null, 1)}\n`);
}
