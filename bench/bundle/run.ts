/**
 * `node bench/bundle/run.ts [loss] [share] [--seconds N] [--losses LIST] [--connections LIST] [--json FILE]`: measures
 * the bundle transport between two endpoints in a lab network. `loss` prints the bit rate and the delay of video frames
 * at several loss rates and numbers of connections. `share` prints the bundle's share of a bottleneck next to one plain
 * connection. Needs root.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Netlab } from '../../tests/support/netlab.ts';
import { stopPrograms } from '../../tests/support/processes.ts';
import { waitFor } from '../../tests/support/wait.ts';
import type { Received } from './end.ts';

const HOSTS = ['a', 'b', 'c'];
const IPS: Record<string, string> = { a: '10.77.0.1', b: '10.77.0.2', c: '10.77.0.3' };
/** Each of the two hosts delays packets by 12 ms in each direction, so the round-trip time is 48 ms. */
const DELAY = 'delay=12ms';
const LOSSES = '0%,2%,5%';
/** `1` is the bundle transport with one connection, and `plain` is iroh alone. */
const KINDS = 'plain,1,2,4,auto';
/** How long a transfer runs before it is measured, in seconds. */
const SKIPPED_S = 5;
const end = fileURLToPath(new URL('end.ts', import.meta.url));

/** One transfer from a host to host `b`. */
interface Transfer {
  from: string;
  /** `plain`, `auto` or a number of connections. */
  connections: string;
  workload: 'frames' | 'greedy';
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '20' },
    losses: { type: 'string', default: LOSSES },
    connections: { type: 'string', default: KINDS },
    json: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const parts = positionals.length > 0 ? positionals : ['loss', 'share'];

/** Runs transfers at the same time on a network with these settings of each host's link. */
async function measure(links: Record<string, string[]>, transfers: Transfer[]): Promise<Received[]> {
  const folder = mkdtempSync(join(tmpdir(), 'iroh-live-bundle-'));
  const lab = await Netlab.up(HOSTS);
  try {
    for (const [host, settings] of Object.entries(links)) await lab.configureLink(host, ...settings);
    return await Promise.all(
      transfers.map(async ({ from, connections, workload }, index) => {
        const file = join(folder, `${index}.json`);
        const node = (host: string, ...args: string[]) =>
          lab.run(host, process.execPath, ['--no-warnings', end, ...args]);
        const sender = node(from, 'send', file, connections, workload, IPS[from] ?? '');
        const kind = connections === 'plain' ? 'plain' : 'bundle';
        const receiver = node(
          'b',
          'receive',
          file,
          String(seconds),
          String(SKIPPED_S),
          kind,
          String(4434 + index),
        );
        const lines: string[] = [];
        receiver.onLine((line) => lines.push(line));
        const line = await waitFor('the result', () => lines[0], (seconds + 30) * 1_000).catch(
          (error: unknown) => {
            throw new Error(`${String(error)}\n${sender.stderr()}\n${receiver.stderr()}`);
          },
        );
        return JSON.parse(line) as Received;
      }),
    );
  } finally {
    await lab.down();
    rmSync(folder, { recursive: true, force: true });
  }
}

const rounded = (value: number) => Math.round(value * 10) / 10;
const quantile = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);

async function lossRow(loss: string, connections: string) {
  const links = { a: [DELAY, `loss=${loss}`], b: [DELAY] };
  const [greedy] = await measure(links, [{ from: 'a', connections, workload: 'greedy' }]);
  const [frames] = await measure(links, [{ from: 'a', connections, workload: 'frames' }]);
  const delays = frames?.delaysMs ?? [];
  return {
    loss,
    connections,
    opened: Math.max(greedy?.connections ?? 0, frames?.connections ?? 0),
    'greedy Mbit/s': rounded(greedy?.mbps ?? 0),
    'frames/s': rounded(delays.length / (seconds - SKIPPED_S)),
    'p50 ms': quantile(delays, 0.5),
    'p90 ms': quantile(delays, 0.9),
    'p99 ms': quantile(delays, 0.99),
  };
}

async function shareRow(queue: string, loss: string) {
  const links = {
    a: [DELAY],
    b: [DELAY, 'down.rate=4mbit', `down.queue=${queue}`, `loss=${loss}`],
    c: [DELAY],
  };
  const [bundle, plain] = await measure(links, [
    { from: 'a', connections: 'auto', workload: 'greedy' },
    { from: 'c', connections: 'plain', workload: 'greedy' },
  ]);
  const [own, other] = [bundle?.mbps ?? 0, plain?.mbps ?? 0];
  return {
    queue,
    loss,
    opened: bundle?.connections,
    'bundle Mbit/s': rounded(own),
    'plain Mbit/s': rounded(other),
    'share %': Math.round((100 * own) / (own + other)),
  };
}

const results: Record<string, object[]> = {};
try {
  if (parts.includes('loss')) {
    const rows = [];
    for (const loss of values.losses.split(',')) {
      for (const kind of values.connections.split(',')) rows.push(await lossRow(loss, kind));
    }
    console.table(rows);
    results.loss = rows;
  }
  if (parts.includes('share')) {
    const rows = [];
    for (const [queue, loss] of [
      ['200ms', '0%'],
      ['50ms', '0%'],
      ['10ms', '0%'],
      ['200ms', '1%'],
    ] as const) {
      rows.push(await shareRow(queue, loss));
    }
    console.table(rows);
    results.share = rows;
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`);
} finally {
  await stopPrograms();
}
