import { expect, test } from 'vitest';
import { CallHolder } from '../../../../main/calls/holder.ts';
import { sleep } from '../../../support/wait.ts';

test('the first window has it until another one takes it', () => {
  const holder = new CallHolder();
  holder.hold('a', false);
  holder.hold('b', false);
  expect(holder.holder.get()).toBe('a');
  holder.hold('b', true);
  expect(holder.holder.get()).toBe('b');
  holder.close();
});

test('a window that is gone has it no longer, unless it comes back soon', async () => {
  const holder = new CallHolder(30);
  const gone = new AbortController();
  holder.hold('a', false, gone.signal);
  gone.abort();
  holder.hold('b', false);
  expect(holder.holder.get()).toBe('a');
  const again = new AbortController();
  holder.hold('a', false, again.signal);
  await sleep(60);
  expect(holder.holder.get()).toBe('a');
  again.abort();
  await sleep(60);
  expect(holder.holder.get()).toBeNull();
  holder.hold('b', false, again.signal);
  expect(holder.holder.get()).toBe('b');
  await sleep(60);
  expect(holder.holder.get()).toBeNull();
  holder.close();
});

test('the end of a window that has it no longer changes nothing', async () => {
  const holder = new CallHolder(10);
  const gone = new AbortController();
  holder.hold('a', true, gone.signal);
  holder.hold('b', true);
  gone.abort();
  await sleep(40);
  expect(holder.holder.get()).toBe('b');
  holder.close();
});
