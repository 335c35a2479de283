import { expect, it } from 'vitest';
import { ThrottledLog } from '../../../../main/base/throttled-log.ts';
import { waitFor } from '../../../support/wait.ts';

it('writes a line once per window, with the number of its repetitions', async () => {
  const written: string[] = [];
  const log = new ThrottledLog({ write: (line) => void written.push(line), windowMs: 50 });
  for (let i = 0; i < 1_000; i += 1) log.add('a: refused: no token');
  log.add('b: refused: no token');
  expect(written).toEqual(['a: refused: no token', 'b: refused: no token']);
  await waitFor('the count', () => written.length === 3);
  expect(written.at(-1)).toBe('a: refused: no token (repeated 999 times)');
  log.add('a: refused: no token');
  expect(written).toHaveLength(4);
  log.close();
  expect(written).toHaveLength(4);
});

it('remembers a limited number of lines', () => {
  const written: string[] = [];
  const log = new ThrottledLog({ write: (line) => void written.push(line), maxLines: 10 });
  for (let i = 0; i < 100_000; i += 1) log.add(`${i}: refused`);
  expect(written).toHaveLength(10);
  log.close();
  expect(written.slice(10)).toEqual(['and 99990 further lines']);
});
