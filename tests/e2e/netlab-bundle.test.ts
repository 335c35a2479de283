import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Received } from '../../bench/bundle/end.ts';
import { Netlab, netlabProblem } from '../support/netlab.ts';
import { stopPrograms } from '../support/processes.ts';
import { waitFor } from '../support/wait.ts';

const problem = netlabProblem();
const SECONDS = 12;

let lab: Netlab | undefined;
let folder: string | undefined;
afterEach(async () => {
  await lab?.down();
  await stopPrograms();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Sends frames of a 2.5 Mbit/s video from one host to another. Returns what arrives. */
async function transfer(loss: string, connections: 'auto' | 'plain'): Promise<Received> {
  lab = await Netlab.up(['a', 'b']);
  folder = mkdtempSync(join(tmpdir(), 'iroh-live-bundle-'));
  for (const host of ['a', 'b']) await lab.configureLink(host, 'delay=12ms');
  await lab.configureLink('a', `loss=${loss}`);
  const file = join(folder, 'address.json');
  const end = (host: string, ...args: string[]) =>
    lab?.run(host, process.execPath, ['--no-warnings', 'bench/bundle/end.ts', ...args]);
  end('a', 'send', file, connections, 'frames', '10.77.0.1');
  const kind = connections === 'plain' ? 'plain' : 'bundle';
  const lines: string[] = [];
  end('b', 'receive', file, String(SECONDS), '0', kind, '4434')?.onLine((line) => lines.push(line));
  return JSON.parse(await waitFor('the result', () => lines[0], 60_000)) as Received;
}

it.skipIf(problem)('opens no additional connection on a link without loss', async () => {
  expect((await transfer('0%', 'auto')).connections).toBe(1);
});

it.skipIf(problem)('opens additional connections if packets are lost at random', async () => {
  expect((await transfer('2%', 'auto')).connections).toBeGreaterThan(1);
});
