/**
 * `node bench/renditions/loopback.ts [--seconds N] [--json FILE]`: measures the delay of each hop from camera
 * to screen over loopback, between two apps and a browser, and then WebRTC's delay in the same browser.
 *
 * `node bench/renditions/loopback.ts --join [--joins N] [--rtt MS] [--only app|relay]`: measures instead when
 * each step of a join takes place, in the app's window and on a relay's page. With `--rtt`, it runs in network
 * namespaces with this round-trip time, and needs root.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stopPrograms } from '../../tests/support/processes.ts';
import { sleep } from '../../tests/support/wait.ts';
import { type Run, runApp } from './app-run.ts';
import { buildApp } from './build.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type Hop, hopsOf } from './hops.ts';
import { joinTable } from './join-hops.ts';
import { joinInApp, joinOnRelayPages } from './join-run.ts';
import { collect } from './record.ts';
import { openLabStage, openLoopbackStage, type Stage } from './stage.ts';
import { decodeTaps } from './tap-file.ts';
import { runWebRtc } from './webrtc-run.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    json: { type: 'string' },
    join: { type: 'boolean', default: false },
    /** Number of joins of each kind. */
    joins: { type: 'string', default: '5' },
    /** Round-trip time of the simulated network, in milliseconds. Without it, there is no simulated network. */
    rtt: { type: 'string' },
    /** The only kind of join to measure. By default, both are measured. */
    only: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 5)) throw new Error('--seconds must be at least 5');

async function observe(
  run: Run,
): Promise<{ figures: Figures; sightings: Parameters<typeof hopsOf>[0]['sightings'] }> {
  const atMs = Date.now();
  await sleep(seconds * 1_000);
  const endMs = Date.now();
  const collected = await collect(run);
  const steps = [{ atMs, name: 'loopback', top: true }];
  const figures = figuresOf({ askedMs: run.askedMs, endMs, steps, ...collected });
  // Like figures.ts, exclude the frames sent while the viewer joins.
  return { figures, sightings: collected.seen.sightings.filter((sighting) => sighting.atMs > atMs + 2_000) };
}

async function app(stage: Stage): Promise<{ figures: Figures; hops: Hop[] }> {
  const folder = stage.folder();
  const tapOf = (host: string) => join(folder, `tap-${host}`);
  const run = await runApp(stage, {
    node: ['--import', fileURLToPath(new URL('tap.ts', import.meta.url))],
    env: (host) => ({ BENCH_TAP: tapOf(host) }),
  });
  try {
    const { figures, sightings } = await observe(run);
    const encoded = await run.pages.a.evaluate(() => window.benchEncoded.encoded());
    const timestamps = encoded.map(({ timestampUs }) => timestampUs);
    const decoded = await run.pages.b.evaluate((all) => window.benchDecoded.decoded(all), timestamps);
    // The processes write their recorded bytes to files when they exit.
    await run.close();
    const taps = { a: decodeTaps(readFileSync(tapOf('a'))), b: decodeTaps(readFileSync(tapOf('b'))) };
    return { figures, hops: hopsOf({ encoded, decoded, taps, sightings }) };
  } finally {
    await run.close();
  }
}

/** Measures WebRTC's delay and reads WebRTC's own statistics. */
async function webRtc(stage: Stage): Promise<{ figures: Figures; details: object }> {
  const run = await runWebRtc(stage, null);
  try {
    const { figures } = await observe(run);
    return { figures, details: await run.details() };
  } finally {
    await run.close();
  }
}

async function openStage(): Promise<Stage> {
  if (values.rtt === undefined) return openLoopbackStage({ hops: true });
  const stage = await openLabStage({ hops: true });
  await stage.setNetwork([`delay=${Number(values.rtt) / 2}ms`]);
  return stage;
}

/** Measures joins with new programs for each, because a program that has joined before is faster. */
async function printJoins(stage: Stage): Promise<void> {
  const kinds: Record<string, (number | null)[][]> = {};
  const add = (kind: string, join: (number | null)[]) => {
    kinds[kind] = [...(kinds[kind] ?? []), join];
  };
  for (let done = 0; done < Number(values.joins); done += 1) {
    if (values.only !== 'relay') add('app', await joinInApp(stage));
    if (values.only === 'app') continue;
    const [first = [], second = []] = await joinOnRelayPages(stage);
    add('relay page, first viewer', first);
    add('second viewer', second);
  }
  console.log(joinTable(kinds));
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(kinds, null, 1)}\n`);
}

const ms = (value: number | null) => (value === null ? 'none' : value.toFixed(1));

async function printDelays(stage: Stage): Promise<void> {
  const ours = await app(stage);
  const theirs = await webRtc(stage);
  console.log('| hop | median ms | 95 % ms | frames |\n| --- | --- | --- | --- |');
  for (const { name, medianMs, p95Ms, frames } of ours.hops) {
    console.log(`| ${name} | ${ms(medianMs)} | ${ms(p95Ms)} | ${frames} |`);
  }
  const totals = [
    ['total, this', ours.figures],
    ['total, WebRTC', theirs.figures],
  ] as const;
  for (const [name, { delayMedianMs, delayP95Ms }] of totals) {
    console.log(`| ${name} | ${ms(delayMedianMs)} | ${ms(delayP95Ms)} | |`);
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ seconds, ours, theirs }, null, 1)}\n`);
}

await buildApp();
const stage = await openStage();
try {
  await (values.join ? printJoins(stage) : printDelays(stage));
} finally {
  await stage.close();
  await stopPrograms();
}
