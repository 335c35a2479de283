/**
 * `node bench/renditions/profile.ts [--seconds N] [--folder DIR] [--top N]`: profiles two instances of the
 * app and a browser at 720p over loopback, and then WebRTC in the same browser. `--folder` saves the profiles
 * for a browser's developer tools.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { CDPSession } from 'playwright-core';
import { stopPrograms } from '../../tests/support/processes.ts';
import { sleep } from '../../tests/support/wait.ts';
import { type Run, runApp } from './app-run.ts';
import { buildApp } from './build.ts';
import { timeOf } from './processor-time.ts';
import { type CpuProfile, functionTimes } from './profile-sums.ts';
import { type HostName, openLoopbackStage, type Stage } from './stage.ts';
import { runWebRtc } from './webrtc-run.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    top: { type: 'string', default: '25' },
    folder: { type: 'string' },
    only: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 5)) throw new Error('--seconds must be at least 5');
/** How long the programs run before the profile starts, in milliseconds, so that the largest rendition is reached. */
const WARM_UP_MS = 8_000;
const HOSTS = ['a', 'b'] as const;
const outdir = fileURLToPath(new URL('../../dist.readable', import.meta.url));

/** Returns the CPU time that each process has used, in seconds, by the role of the process. */
async function usedSeconds(run: Run, browser: CDPSession, pages: Record<HostName, CDPSession>) {
  const used: Record<string, number> = {};
  for (const host of HOSTS) {
    const { metrics } = await pages[host].send('Performance.getMetrics');
    used[`window ${host}`] = metrics.find(({ name }) => name === 'ProcessTime')?.value ?? 0;
    const pid = run.programs[host === 'a' ? 0 : 1]?.child.pid;
    if (pid !== undefined) used[`main ${host}`] = timeOf(String(pid)) ?? 0;
  }
  const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
  for (const { type, cpuTime } of processInfo) {
    if (type !== 'renderer') used[type] = (used[type] ?? 0) + cpuTime;
  }
  return used;
}

async function profile(run: Run, title: string, top: number): Promise<void> {
  await sleep(WARM_UP_MS);
  const browser = await run.pages.a.context().browser()?.newBrowserCDPSession();
  if (!browser) throw new Error('the browser has closed');
  const open = async (host: HostName) => {
    const session = await run.pages[host].context().newCDPSession(run.pages[host]);
    await session.send('Performance.enable');
    await session.send('Profiler.enable');
    await session.send('Profiler.start');
    return session;
  };
  const pages = { a: await open('a'), b: await open('b') };
  const before = await usedSeconds(run, browser, pages);
  const beginMs = performance.now();
  await sleep(seconds * 1_000);
  const after = await usedSeconds(run, browser, pages);
  const forSeconds = (performance.now() - beginMs) / 1_000;
  const { sightings } = await run.pages.b.evaluate(() => window.benchViewer.seen());
  const last = sightings.filter(({ atMs }) => atMs > Date.now() - forSeconds * 1_000);
  console.log(
    `\n## ${title}: ${(last.length / forSeconds).toFixed(1)} frames/s of ${last.at(-1)?.height} lines\n`,
  );
  for (const [name, value] of Object.entries(after)) {
    const share = (value - (before[name] ?? 0)) / forSeconds;
    if (share >= 0.005) console.log(`- ${name}: ${(100 * share).toFixed(1)} % of a processor`);
  }
  for (const host of HOSTS) {
    const { profile: recorded } = await pages[host].send('Profiler.stop');
    report(`window ${host}`, recorded as CpuProfile, top, title);
  }
}

function report(name: string, recorded: CpuProfile, top: number, title: string): void {
  if (values.folder) {
    mkdirSync(values.folder, { recursive: true });
    writeFileSync(
      join(values.folder, `${title}-${name}.cpuprofile`.replaceAll(' ', '-')),
      JSON.stringify(recorded),
    );
  }
  if (top === 0) return;
  const percent = (share: number) => (100 * share).toFixed(2).padStart(6);
  const times = functionTimes(recorded);
  console.log(`\n${name}, by self time: self %, total % (with callees)`);
  for (const { name: functionName, self, total } of times.slice(0, top)) {
    console.log(`${percent(self)} ${percent(total)}  ${functionName}`);
  }
  console.log(`${name}, by total time`);
  const byTotal = times.toSorted((a, b) => b.total - a.total);
  for (const { name: functionName, self, total } of byTotal.slice(0, top)) {
    console.log(`${percent(self)} ${percent(total)}  ${functionName}`);
  }
}

async function app(stage: Stage): Promise<void> {
  const folder = stage.folder();
  const run = await runApp(stage, {
    cli: join(outdir, 'main/cli.cjs'),
    viewer: ['--rendition', 'video/h264-720p'],
    node: ['--cpu-prof', `--cpu-prof-dir=${folder}`],
  });
  try {
    await profile(run, 'this', Number(values.top));
    await run.close();
    // The process that was started first has the lower process id, so its profile comes first.
    const mains = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'));
    for (const file of mains.sort()) {
      report(
        `main ${file}`,
        JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile,
        Number(values.top),
        'this',
      );
    }
  } finally {
    await run.close();
  }
}

await buildApp('--outdir', outdir, '--readable');
const stage = await openLoopbackStage({ hops: false });
try {
  if (values.only !== 'webrtc') await app(stage);
  if (values.only !== 'app') {
    const run = await runWebRtc(stage, null);
    try {
      await profile(run, 'WebRTC', 0);
    } finally {
      await run.close();
    }
  }
} finally {
  await stage.close();
  await stopPrograms();
}
