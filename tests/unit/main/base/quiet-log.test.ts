import { expect, it } from 'vitest';
import { QuietLog } from '../../../../main/base/quiet-log.ts';
import { waitFor } from '../../../support/wait.ts';

it('tells the same once within its window, with a count, and afterwards again', async () => {
  const told: string[] = [];
  const quiet = new QuietLog({ tell: (line) => void told.push(line), windowMs: 50 });
  for (let i = 0; i < 1_000; i += 1) quiet.add('a: refused: no token');
  quiet.add('b: refused: no token');
  expect(told).toEqual(['a: refused: no token', 'b: refused: no token']);
  await waitFor('the count', () => told.length === 3);
  expect(told.at(-1)).toBe('a: refused: no token (999 times more)');
  quiet.add('a: refused: no token');
  expect(told).toHaveLength(4);
  quiet.close();
  expect(told).toHaveLength(4);
});

it('remembers so many, whoever they are', () => {
  const told: string[] = [];
  const quiet = new QuietLog({ tell: (line) => void told.push(line), most: 10 });
  for (let i = 0; i < 100_000; i += 1) quiet.add(`${i}: refused`);
  expect(told).toHaveLength(10);
  quiet.close();
  expect(told.slice(10)).toEqual(['and 99990 more of that kind']);
});
