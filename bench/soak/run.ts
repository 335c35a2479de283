/**
 * `node bench/soak/run.ts [--minutes 10] [--quiet]`: runs a live app, a relay, and six kinds of viewers that
 * come and go. Changes the network, reloads the publisher's window, and kills the relay and the viewer's app,
 * unless `--quiet` is set. Prints each process's memory use and object counts every minute, and, at the end,
 * the figures that grew without leveling off (`GROWS`) and the counts that have not returned to their values from
 * before the viewers joined (`LEFT`). Needs root, Chromium and the peers' programs (`PEERS_DIR`).
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { Census } from '../../tests/support/census.ts';
import { netlabProblem } from '../../tests/support/netlab.ts';
import { sleep } from '../../tests/support/wait.ts';
import { disturb } from './disturbances.ts';
import { openSite, type Service, type Site } from './site.ts';
import { CENSUS, leftovers, MEMORY, Samples } from './table.ts';
import { type ViewerKind, viewerKinds } from './viewers.ts';

const MINUTE_MS = 60_000;
/** How long a viewer watches, and how long it then stays away, in milliseconds. */
const STAY_MS = { min: 10_000, max: 30_000 };
const AWAY_MS = { min: 5_000, max: 15_000 };

/** Number of times that a kind of viewer joined, and number of times that it received video. */
interface Visits {
  joined: number;
  played: number;
}

interface SoakOptions {
  minutes: number;
  /** Whether to leave out the disturbances. */
  quiet: boolean;
  /** Whether to count live objects each minute, which forces a garbage collection. */
  collect: boolean;
}

const between = ({ min, max }: { min: number; max: number }) => Math.round(min + Math.random() * (max - min));

/** Makes one kind of viewer join and leave repeatedly until the signal aborts. */
async function comeAndGo(kind: ViewerKind, visits: Visits, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(between(AWAY_MS));
    const stay = AbortSignal.any([signal, AbortSignal.timeout(between(STAY_MS))]);
    if (signal.aborted) return;
    visits.joined += 1;
    try {
      if (await kind.watch(stay)) visits.played += 1;
    } catch (error) {
      // Errors are expected while the viewer's app or the relay is not running.
      process.stderr.write(`${kind.name}: ${String(error).split('\n')[0]}\n`);
    }
  }
}

/** Prints a line of the table for each process, with the figures that `read` returns. */
async function sample<T extends { [K in keyof T]: number }>(
  services: readonly Service[],
  read: (service: Service) => Promise<T>,
  samples: Samples<T>,
  minute: number,
): Promise<void> {
  for (const service of services) {
    try {
      console.log(samples.add(minute, service.name, service.starts, await read(service)));
    } catch (error) {
      process.stderr.write(`${service.name}: no figures: ${String(error)}\n`);
    }
  }
}

async function soak(site: Site, { minutes, quiet, collect }: SoakOptions): Promise<void> {
  const stop = new AbortController();
  const kinds = viewerKinds(site);
  const services = [site.publisher, site.viewer, site.relay];
  const before = new Map<string, Census>();
  for (const service of services) before.set(service.name, await service.census());
  const visits: Visits[] = kinds.map(() => ({ joined: 0, played: 0 }));
  const activities = kinds.map((kind, i) => comeAndGo(kind, visits[i] as Visits, stop.signal));
  if (!quiet) activities.push(disturb(site, stop.signal));
  const running = Promise.all(activities);
  const memory = new Samples(MEMORY);
  const census = new Samples(CENSUS);
  const takeCensus = (minute: number) => sample(services, (service) => service.census(), census, minute);
  const readMemory = (minute: number) => sample(services, (service) => service.memory(), memory, minute);
  console.log((collect ? census : memory).head());
  try {
    const startMs = performance.now();
    for (let minute = 1; minute <= minutes; minute += 1) {
      const waiting = sleep(startMs + minute * MINUTE_MS - performance.now());
      // `running` rejects if an activity fails.
      await Promise.race([waiting, running]);
      await (collect ? takeCensus : readMemory)(minute);
    }
  } finally {
    stop.abort();
    await Promise.allSettled(activities);
  }
  // After this time without viewers, everything allocated for them must have been released.
  await sleep(20_000);
  if (!collect) {
    await readMemory(minutes);
    console.log(`\n${census.head()}`);
  }
  await takeCensus(minutes);
  for (const service of services) {
    const first = before.get(service.name);
    if (first) for (const line of leftovers(service.name, first, await service.census())) console.log(line);
  }
  for (const [i, kind] of kinds.entries()) {
    console.log(`${kind.name}: joined ${visits[i]?.joined} times, video arrived ${visits[i]?.played} times`);
  }
  for (const { name } of services)
    for (const line of [...census.growth(name), ...memory.growth(name)]) console.log(line);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      quiet: { type: 'boolean', default: false },
      'no-collect': { type: 'boolean', default: false },
    },
  });
  const problem = netlabProblem();
  if (problem) throw new Error(problem);
  const build = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [build]);
  const site = await openSite();
  try {
    await soak(site, {
      minutes: Number(values.minutes),
      quiet: values.quiet,
      collect: !values['no-collect'],
    });
  } finally {
    await site.close();
  }
}

await main();
