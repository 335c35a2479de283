import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { steadyRace } from '../../../../common/moq/steady-race.ts';

const never = new Promise<never>(() => undefined);

it('gives the first that settles, of values, promises and thenables', async () => {
  expect(await steadyRace([never, 'now', Promise.resolve('then')])).toBe('now');
  expect(await steadyRace([never, Promise.resolve(1), Promise.resolve(2)])).toBe(1);
  await expect(steadyRace([never, Promise.reject(new Error('no')), never])).rejects.toThrow('no');
  // biome-ignore lint/suspicious/noThenProperty: what the library's own signals are.
  expect(await steadyRace([{ then: (done: (value: string) => void) => done('thenable') }, never])).toBe(
    'thenable',
  );
});

it('tells every race of a contender that lasts, also those that come after it has settled', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const races = Array.from({ length: 5 }, () => steadyRace([promise, never]));
  resolve('over');
  expect(await Promise.all(races)).toEqual(Array(5).fill('over'));
  expect(await steadyRace([promise, 'late'])).toBe('over');
  const failing = Promise.withResolvers<string>();
  const lost = Array.from({ length: 3 }, () => steadyRace([failing.promise, never]));
  failing.reject(new Error('failed'));
  for (const race of lost) await expect(race).rejects.toThrow('failed');
});

it('leaves nothing with a contender that never settles', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const lasting = new Promise<never>(() => undefined);
  const rounds = async () => {
    for (let i = 0; i < 20_000; i += 1) await steadyRace([Promise.resolve(new Uint8Array(8)), lasting]);
    collect();
    return process.memoryUsage().heapUsed;
  };
  await rounds();
  const before = await rounds();
  expect((await rounds()) - before).toBeLessThan(500_000);
});

it('leaves nothing of what it came to with contenders that are made anew for each race', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const lasting = new Promise<never>(() => undefined);
  const rounds = async () => {
    for (let i = 0; i < 2_000; i += 1) {
      await steadyRace([lasting.then(() => undefined), Promise.resolve({ big: Array(5_000).fill(i) })]);
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await rounds();
  // 80 MB if the results stayed.
  expect((await rounds()) - before).toBeLessThan(5_000_000);
});

it('leaves a rejection that nobody handles to be seen', async () => {
  const seen = Promise.withResolvers<unknown>();
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.once('unhandledRejection', seen.resolve);
  const failing = Promise.reject(new Error('nobody cares'));
  void steadyRace([failing, new Promise(() => undefined)]);
  expect(await seen.promise).toMatchObject({ message: 'nobody cares' });
  for (const listener of others) process.on('unhandledRejection', listener);
});
