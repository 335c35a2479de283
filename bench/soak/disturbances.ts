import { sleep } from '../../tests/support/wait.ts';
import type { Site } from './site.ts';

/** Time between two disturbances, in milliseconds. */
const EVERY_MS = 20_000;
const OUTAGE_MS = 4_000;
/**
 * Processes are killed only in one out of this many rounds, because only the samples since a process last
 * started can show its growth.
 */
const KILL_ROUNDS = 3;

/** A change of the network or of a process. */
interface Disturbance {
  name: string;
  /** Whether the disturbance ends a measured process. */
  kills?: boolean;
  run: () => Promise<void>;
}

/** Disturbs the network and the processes in various ways, one after another, until the signal aborts. */
export async function disturb(site: Site, signal: AbortSignal): Promise<void> {
  const disturbances = disturbancesOf(site);
  for (let round = 0; ; round += 1) {
    for (const { name, kills, run } of disturbances) {
      if (kills && round % KILL_ROUNDS > 0) continue;
      if (!(await pause(EVERY_MS, signal))) return;
      process.stderr.write(`${name}\n`);
      await run();
    }
  }
}

function disturbancesOf(site: Site): Disturbance[] {
  const { lab } = site;
  const cut = async (host: string) => {
    await lab.configureLink(host, 'loss=100%');
    await sleep(OUTAGE_MS);
    await lab.configureLink(host, 'loss=0');
  };
  return [
    { name: 'the direct path dies', run: () => lab.block('a', 'b') },
    { name: 'the direct path is back', run: () => lab.unblock('a', 'b') },
    { name: 'the viewers’ network is gone for 4 s', run: () => cut('b') },
    { name: 'the viewers’ network has 2 Mbit/s', run: () => lab.configureLink('b', 'down.rate=2mbit') },
    {
      name: 'the viewers’ network has 50 Mbit/s and 2 % loss',
      run: () => lab.configureLink('b', 'down.rate=50mbit', 'loss=2%'),
    },
    { name: 'no more loss', run: () => lab.configureLink('b', 'loss=0') },
    { name: 'the publisher’s network is gone for 4 s', run: () => cut('a') },
    {
      name: 'the relay is killed and started again',
      kills: true,
      run: async () => {
        await site.relay.kill();
        await site.relay.start();
      },
    },
    { name: 'the publisher’s window is reloaded', run: () => site.reloadPublisher() },
    {
      name: 'the viewer’s app is killed and started again',
      kills: true,
      run: async () => {
        await site.viewer.kill();
        await site.viewer.start();
      },
    },
  ];
}

/** Waits for `ms`. Resolves to false if the signal aborts first. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < ms; waitedMs += 200) {
    if (signal.aborted) return false;
    await sleep(200);
  }
  return !signal.aborted;
}
