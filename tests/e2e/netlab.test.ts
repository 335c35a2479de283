import { afterEach, describe, expect, test } from 'vitest';
import { RecoveryLab } from '../../bench/recovery/lab.ts';
import { netlabProblem } from '../support/netlab.ts';
import { stopPrograms } from '../support/processes.ts';
import { sleep } from '../support/wait.ts';

/**
 * Tests two apps and a real iroh relay on a lab network. The time limits allow for a busy machine;
 * `bench/recovery` measures how fast the apps recover.
 */
const problem = netlabProblem();
if (problem) process.stderr.write(`SKIPPED: lab network: ${problem}\n`);

describe.skipIf(problem !== undefined)('a connection on a lab network', () => {
  let lab: RecoveryLab | undefined;

  afterEach(async () => {
    await lab?.close();
    lab = undefined;
    await stopPrograms();
  });

  /** Expects media to arrive, possibly a moment after the network path has been established. */
  async function expectMedia(running: RecoveryLab): Promise<void> {
    await sleep(1_500);
    const sinceMs = performance.now();
    await sleep(1_500);
    expect(running.longestGapMs(sinceMs), running.errors()).toBeLessThan(1_500);
    expect(running.megabitsDown(), running.errors()).toBeGreaterThan(0.3);
  }

  test('changes from relayed to direct and back without interrupting the media', async () => {
    lab = await RecoveryLab.start({ blocked: true });
    await lab.becomes('relayed', 5_000);
    await sleep(10_000);
    let sinceMs = performance.now();
    await lab.lab.unblock('a', 'b');
    await lab.becomes('direct', 10_000);
    await expectMedia(lab);
    expect(lab.subscriptions(sinceMs), 'the change to a direct path needs no new subscription').toBe(0);
    sinceMs = performance.now();
    await lab.lab.block('a', 'b');
    // The limit is shorter than the 15 s after which iroh alone would detect the dead path.
    await lab.becomes('relayed', 10_000);
    await expectMedia(lab);
    expect(lab.longestGapMs(sinceMs)).toBeLessThan(8_000);
  }, 90_000);

  test('recovers after the viewer loses its network for 5 s', async () => {
    lab = await RecoveryLab.start({ blocked: false });
    await sleep(7_000);
    const sinceMs = performance.now();
    await lab.lab.configureLink('b', 'loss=100%');
    await sleep(5_000);
    await lab.lab.configureLink('b', 'loss=0');
    await lab.until(
      'media arrives again',
      () => lab !== undefined && lab.longestGapMs(sinceMs) > 4_500,
      10_000,
    );
    await expectMedia(lab);
  }, 60_000);

  test('survives 2 s of jitter and a full queue', async () => {
    lab = await RecoveryLab.start({ blocked: false });
    await sleep(6_000);
    const sinceMs = performance.now();
    await lab.lab.configureLink('b', 'jitter=2000ms');
    await sleep(12_000);
    await lab.lab.configureLink('b', 'jitter=0', 'down.rate=0.8mbit', 'down.queue=300ms');
    await sleep(10_000);
    expect(lab.subscriptions(sinceMs), lab.errors()).toBe(0);
  }, 60_000);
});
