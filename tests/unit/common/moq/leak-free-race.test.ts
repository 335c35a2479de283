import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { installLeakFreeRace, leakFreeRace } from '../../../../common/moq/leak-free-race.ts';

const never = new Promise<never>(() => undefined);

it('settles with the first contender that settles, whether it is a value, a promise or a thenable', async () => {
  expect(await leakFreeRace([never, 'now', Promise.resolve('then')])).toBe('now');
  expect(await leakFreeRace([never, Promise.resolve(1), Promise.resolve(2)])).toBe(1);
  await expect(leakFreeRace([never, Promise.reject(new Error('no')), never])).rejects.toThrow('no');
  // biome-ignore lint/suspicious/noThenProperty: the library's signals are such thenables.
  expect(await leakFreeRace([{ then: (done: (value: string) => void) => done('thenable') }, never])).toBe(
    'thenable',
  );
});

it('settles every race of a shared contender, including races that start after the contender has settled', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const races = Array.from({ length: 5 }, () => leakFreeRace([promise, never]));
  resolve('over');
  expect(await Promise.all(races)).toEqual(Array(5).fill('over'));
  expect(await leakFreeRace([promise, 'late'])).toBe('over');
  const failing = Promise.withResolvers<string>();
  const lost = Array.from({ length: 3 }, () => leakFreeRace([failing.promise, never]));
  failing.reject(new Error('failed'));
  for (const race of lost) await expect(race).rejects.toThrow('failed');
});

it('retains nothing in a contender that never settles', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const lasting = new Promise<never>(() => undefined);
  const rounds = async () => {
    for (let i = 0; i < 20_000; i += 1) await leakFreeRace([Promise.resolve(new Uint8Array(8)), lasting]);
    collect();
    return process.memoryUsage().heapUsed;
  };
  await rounds();
  const before = await rounds();
  expect((await rounds()) - before).toBeLessThan(500_000);
});

it('retains no results in contenders that are created for each race', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const lasting = new Promise<never>(() => undefined);
  const rounds = async () => {
    for (let i = 0; i < 2_000; i += 1) {
      await leakFreeRace([lasting.then(() => undefined), Promise.resolve({ big: Array(5_000).fill(i) })]);
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await rounds();
  // The growth would be 80 MB if the results were retained.
  expect((await rounds()) - before).toBeLessThan(5_000_000);
});

it('does not hide an unhandled rejection', async () => {
  const seen = Promise.withResolvers<unknown>();
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.once('unhandledRejection', seen.resolve);
  const failing = Promise.reject(new Error('unhandled'));
  void leakFreeRace([failing, new Promise(() => undefined)]);
  expect(await seen.promise).toMatchObject({ message: 'unhandled' });
  for (const listener of others) process.on('unhandledRejection', listener);
});

it('replaces Promise.race once and passes other calls to the native function', async () => {
  const native = Promise.race;
  try {
    installLeakFreeRace();
    const replaced = Promise.race;
    expect(replaced).not.toBe(native);
    installLeakFreeRace();
    expect(Promise.race).toBe(replaced);
    expect(await Promise.race([never, Promise.resolve('array')])).toBe('array');
    expect(await Promise.race(new Set([never, Promise.resolve('iterable')]))).toBe('iterable');
    await expect(Promise.race(1 as unknown as [])).rejects.toThrow(TypeError);
    class Subclass<T> extends Promise<T> {}
    expect(Subclass.race([Promise.resolve('subclass')])).toBeInstanceOf(Subclass);
  } finally {
    Promise.race = native;
  }
});
