import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { MAX_FIGURES } from '../../../../main/base/line-queue.ts';

test('drops the oldest figures, and no events, while the reader of stdout does not read', async () => {
  const child = spawn(process.execPath, ['--no-warnings', 'tests/support/output-child.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child.stderr, 'data');
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  const events = lines.map((line): { event: string; n: number } => JSON.parse(line));
  const calls = events.filter(({ event }) => event === 'call').map(({ n }) => n);
  expect(calls).toEqual(Array.from({ length: 200 }, (_, i) => 100 * i));
  const figures = events.filter(({ event }) => event === 'stats').map(({ n }) => n);
  expect(figures.slice(-MAX_FIGURES)).toEqual(
    Array.from({ length: MAX_FIGURES }, (_, i) => 20_000 - MAX_FIGURES + i),
  );
  // The pipe itself holds a few hundred more lines.
  expect(figures.length).toBeLessThan(MAX_FIGURES + 2_000);
  expect(events.map(({ n }) => n)).toEqual(events.map(({ n }) => n).toSorted((a, b) => a - b));
}, 30_000);
