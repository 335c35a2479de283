/**
 * `node bench/renditions/run.ts [--scenario NAME]… [--seconds N] [--json FILE]`: the application against WebRTC on the
 * same links, one after the other, between the same two Chromiums in network namespaces. As root.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { whyNoNetlab } from '../../tests/support/netlab.ts';
import { stopPrograms } from '../../tests/support/processes.ts';
import { runApp } from './app-run.ts';
import { buildApp } from './build.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type Recorded, record } from './record.ts';
import { chosenScenarios, type Scenario } from './scenarios.ts';
import { type LabStage, openLabStage } from './stage.ts';
import { markdownRow, tableHead } from './table.ts';
import { runWebRtc } from './webrtc-run.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '20' },
    json: { type: 'string' },
    /** One of the two systems alone. */
    only: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 5)) throw new Error('--seconds takes a number from 5 on');
const chosen = chosenScenarios(values.scenario);
const why = whyNoNetlab();
if (why) throw new Error(why);

type System = 'app' | 'webrtc';
interface Result extends Omit<Recorded, 'recording'> {
  scenario: string;
  system: System;
  figures: Figures;
  /** Of the whole machine over the last minute: above its processors, figures are of the machine. */
  load: number;
}

const systems: readonly System[] = (['app', 'webrtc'] as const).filter(
  (system) => values.only === undefined || values.only === system,
);

async function measure(stage: LabStage, scenario: Scenario, system: System): Promise<Result> {
  const { recording, ...rest } = await record(stage, scenario, seconds, () =>
    system === 'app' ? runApp(stage) : runWebRtc(stage, scenario.relayed ? stage.udpRelay : null),
  );
  const [load = 0] = loadavg();
  return { scenario: scenario.name, system, figures: figuresOf(recording), load, ...rest };
}

const results: Result[] = [];
await buildApp();
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
        // The other scenarios still say something.
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
      `The load was up to ${busiest.toFixed(1)} on ${cpus().length} processors: provisional figures.`,
    );
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ seconds, results }, null, 1)}\n`);
}
