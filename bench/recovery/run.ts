/**
 * `node bench/recovery/run.ts [NAME…] [--json FILE]`: measures how long media stops when the network path changes, on a lab
 * network with a real iroh relay. Runs all rounds (about three minutes) or only the named ones. Needs root.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stopPrograms } from '../../tests/support/processes.ts';
import { sleep } from '../../tests/support/wait.ts';
import { RecoveryLab } from './lab.ts';

interface Row {
  change: string;
  /** Time from the network change until the new path carries data, in milliseconds. */
  afterMs: number | null;
  longestGapMs: number;
  resubscribed: number;
}

const ms = Math.round;

/** Changes the network with `act`, then measures for `forMs` how long the media is interrupted. */
async function observe(
  lab: RecoveryLab,
  change: string,
  forMs: number,
  act: () => Promise<number | null>,
): Promise<Row> {
  const sinceMs = performance.now();
  const afterMs = await act();
  await sleep(forMs);
  return {
    change,
    afterMs: afterMs === null ? null : ms(afterMs),
    longestGapMs: ms(lab.longestGapMs(sinceMs)),
    resubscribed: lab.subscriptions(sinceMs),
  };
}

/** Starts with the direct path blocked, then unblocks and blocks it twice. */
async function paths(): Promise<Row[]> {
  const lab = await RecoveryLab.start({ blocked: true });
  try {
    await lab.becomes('relayed', 5_000);
    const rows: Row[] = [];
    for (const round of [1, 2]) {
      // During this wait, iroh stops searching for paths, and the liveness limit for this peer returns to its
      // normal value.
      await sleep(22_000);
      rows.push(
        await observe(lab, `relayed → direct, round ${round}`, 5_000, async () => {
          await lab.lab.unblock('a', 'b');
          return lab.becomes('direct', 60_000);
        }),
        await observe(lab, `direct path dies → relayed, round ${round}`, 5_000, async () => {
          await lab.lab.block('a', 'b');
          return lab.becomes('relayed', 60_000);
        }),
      );
    }
    return rows;
  } finally {
    await lab.close();
  }
}

/** Disconnects the viewer from the network for a few seconds. */
async function cut(seconds: number): Promise<Row[]> {
  const lab = await RecoveryLab.start({ blocked: false });
  try {
    await sleep(8_000);
    const row = await observe(lab, `network of the viewer gone for ${seconds} s`, 8_000, async () => {
      await lab.lab.configureLink('b', 'loss=100%');
      await sleep(seconds * 1_000);
      await lab.lab.configureLink('b', 'loss=0');
      return null;
    });
    return [{ ...row, afterMs: row.longestGapMs - seconds * 1_000 }];
  } finally {
    await lab.close();
  }
}

/** Degrades the viewer's network without cutting it off. No connection should close. */
async function degrade(name: string, settings: readonly string[]): Promise<Row[]> {
  const lab = await RecoveryLab.start({ blocked: false });
  try {
    await sleep(8_000);
    return [
      await observe(lab, name, 20_000, async () => {
        await lab.lab.configureLink('b', ...settings);
        return null;
      }),
    ];
  } finally {
    await lab.close();
  }
}

const rounds: Record<string, () => Promise<Row[]>> = {
  paths,
  cut5: () => cut(5),
  cut20: () => cut(20),
  jitter: () => degrade('jitter up to 2 s each way', ['jitter=2000ms']),
  bufferbloat: () => degrade('0.8 Mbit/s with 300 ms of queue', ['down.rate=0.8mbit', 'down.queue=300ms']),
};

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } },
});
const table: Row[] = [];
try {
  for (const [name, round] of Object.entries(rounds)) {
    if (names.length > 0 && !names.includes(name)) continue;
    table.push(...(await round()));
  }
} finally {
  await stopPrograms();
}
console.table(table);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ rows: table }, null, 1)}\n`);
