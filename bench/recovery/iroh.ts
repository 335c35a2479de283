/**
 * `node bench/recovery/iroh.ts`: measures how iroh itself recovers when a direct path fails silently, and
 * shows that a second connection does not help. Needs root; takes about a minute.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Netlab } from '../../tests/support/netlab.ts';
import { stopPrograms } from '../../tests/support/processes.ts';
import { sleep, waitFor } from '../../tests/support/wait.ts';

interface Line {
  event: string;
  gapMs?: number;
  afterMs?: number;
}

const script = fileURLToPath(new URL('iroh-end.ts', import.meta.url));

async function measure(way: string): Promise<{ gapMs: number; connectedAfterMs: number | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'iroh-live-lab-'));
  const lab = await Netlab.up(['a', 'b', 'relay']);
  try {
    const relay = await lab.startIrohRelay('relay', '10.77.0.3');
    const node = (role: string) =>
      lab.run(role, process.execPath, ['--no-warnings', script, role, relay, join(folder, 'a.json'), way]);
    node('a');
    const lines: Line[] = [];
    node('b').onLine((text) => lines.push(JSON.parse(text) as Line));
    await waitFor('direct', () => lines.some(({ event }) => event === 'direct'), 30_000);
    await sleep(5_000);
    await lab.block('a', 'b');
    const gap = await waitFor('data again', () => lines.find(({ event }) => event === 'gap'), 40_000);
    const connected = lines.find(({ event }) => event === 'connected');
    return {
      gapMs: Math.round(gap.gapMs ?? 0),
      connectedAfterMs: connected ? Math.round(connected.afterMs ?? 0) : null,
    };
  } finally {
    await lab.down();
    rmSync(folder, { recursive: true, force: true });
  }
}

const table: Record<string, object> = {};
try {
  for (const way of ['wait', 'beside', 'close']) table[way] = await measure(way);
} finally {
  await stopPrograms();
}
console.table(table);
