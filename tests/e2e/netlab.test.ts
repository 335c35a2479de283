import { afterEach, describe, expect, test } from 'vitest';
import { RecoveryLab } from '../../bench/recovery/lab.ts';
import { whyNoNetlab } from '../support/netlab.ts';
import { stopPrograms } from '../support/processes.ts';
import { sleep } from '../support/wait.ts';

/**
 * The application on a lab network with a real iroh relay. What is promised here is that it works at all, with times
 * that a busy machine keeps; `bench/recovery` has the figures.
 */
const reason = whyNoNetlab();
if (reason) process.stderr.write(`lab network: not tested: ${reason}\n`);

describe.skipIf(reason !== undefined)('on a lab network', () => {
  let lab: RecoveryLab | undefined;

  afterEach(async () => {
    await lab?.close();
    lab = undefined;
    await stopPrograms();
  });

  /** The numbers come. The path may be there a moment before they do. */
  async function flows(running: RecoveryLab): Promise<void> {
    await sleep(1_500);
    const sinceMs = performance.now();
    await sleep(1_500);
    expect(running.longestGapMs(sinceMs), running.errors()).toBeLessThan(1_500);
    expect(running.megabitsDown(), running.errors()).toBeGreaterThan(0.3);
  }

  test('relayed, then direct, then relayed again; the picture goes on', async () => {
    lab = await RecoveryLab.start({ blocked: true });
    await lab.becomes('relayed', 5_000);
    await sleep(10_000);
    let sinceMs = performance.now();
    await lab.lab.unblock('a', 'b');
    await lab.becomes('direct', 10_000);
    await flows(lab);
    expect(lab.subscriptions(sinceMs), 'a better path interrupts nothing').toBe(0);
    sinceMs = performance.now();
    await lab.lab.block('a', 'b');
    // iroh alone takes 15 s.
    await lab.becomes('relayed', 10_000);
    await flows(lab);
    expect(lab.longestGapMs(sinceMs)).toBeLessThan(8_000);
  }, 90_000);

  test('comes back after the network of the viewer was gone for 5 s', async () => {
    lab = await RecoveryLab.start({ blocked: false });
    await sleep(7_000);
    const sinceMs = performance.now();
    await lab.lab.set('b', 'loss=100%');
    await sleep(5_000);
    await lab.lab.set('b', 'loss=0');
    await lab.until('numbers again', () => lab !== undefined && lab.longestGapMs(sinceMs) > 4_500, 10_000);
    await flows(lab);
  }, 60_000);

  test('does not give up a link with 2 s of jitter, nor one whose queue is full', async () => {
    lab = await RecoveryLab.start({ blocked: false });
    await sleep(6_000);
    const sinceMs = performance.now();
    await lab.lab.set('b', 'jitter=2000ms');
    await sleep(12_000);
    await lab.lab.set('b', 'jitter=0', 'down.rate=0.8mbit', 'down.queue=300ms');
    await sleep(10_000);
    expect(lab.subscriptions(sinceMs), lab.errors()).toBe(0);
  }, 60_000);
});
