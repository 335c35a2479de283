import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  type NativeReceive,
  type NativeSend,
  NativeSendStream,
  nativeReceiveStream,
} from '../../../../main/transport/native-streams.ts';
import { ReadBudget } from '../../../../main/transport/read-budget.ts';
import { StreamError } from '../../../../main/transport/transport-error.ts';

/** A fake addon stream, needed because loopback never delays data the way a slow connection does. */
function fakeNative(): { native: NativeSend; calls: string[] } {
  const calls: string[] = [];
  const native: NativeSend = {
    write: async (chunk) => calls.push(`write ${chunk.byteLength}`),
    finish: async () => calls.push('finish'),
    reset: async (code) => calls.push(`reset ${code}`),
    setPriority: async () => undefined,
  };
  return { native, calls };
}

const asIs = (error: unknown) => error as Error;

test('a closed stream can still be discarded', async () => {
  const { native, calls } = fakeNative();
  const stream = new NativeSendStream(native, asIs, undefined, () => undefined);
  const writer = stream.getWriter();
  await writer.write(new Uint8Array(9));
  await writer.close();
  expect(calls).toEqual(['write 9', 'finish']);
  stream.discard(new StreamError(7, 'no reader'));
  expect(calls.at(-1)).toBe('reset 7');
});

test('a discard that fails has no effect', async () => {
  const { native } = fakeNative();
  const gone = { ...native, reset: () => Promise.reject(new Error('closed stream')) };
  const stream = new NativeSendStream(gone, asIs, undefined, () => undefined);
  stream.discard(new Error('no reader'));
  await stream.getWriter().write(new Uint8Array(1));
});

/** A fake addon stream whose reads return as many bytes as they may, but only when the test completes them. */
class HeldReads {
  readonly #pending: { maxBytes: number; resolve(bytes: Uint8Array): void }[] = [];
  readonly #streams: ReadableStream<Uint8Array>[] = [];

  /** Opens `count` streams of one connection. */
  open(count: number, budget: ReadBudget): void {
    for (let i = 0; i < count; i += 1) this.#streams.push(nativeReceiveStream(this.#native(), asIs, budget));
  }

  /** The sizes of the pending reads, in bytes. */
  get sizes(): number[] {
    return this.#pending.map(({ maxBytes }) => maxBytes);
  }

  /** Completes all reads `rounds` times, so that each stream requests larger ones. */
  async completeReads(rounds: number): Promise<void> {
    const readers = this.#streams.map((stream) => stream.getReader());
    for (let round = 0; round < rounds; round += 1) {
      const reading = Promise.all(readers.map((reader) => reader.read()));
      await nextTurn();
      for (const { maxBytes, resolve } of this.#pending.splice(0)) resolve(new Uint8Array(maxBytes));
      await reading;
      await nextTurn();
    }
    for (const reader of readers) reader.releaseLock();
  }

  async close(): Promise<void> {
    const closed = this.#streams.map((stream) => stream.cancel());
    for (const { resolve } of this.#pending.splice(0)) resolve(new Uint8Array());
    await Promise.all(closed);
    await nextTurn();
  }

  #native(): NativeReceive {
    return {
      read: (maxBytes) => new Promise((resolve) => this.#pending.push({ maxBytes, resolve })),
      stop: async () => undefined,
    };
  }
}

const KIB = 1024;
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

test('the large reads of many streams do not complete together', async () => {
  const reads = new HeldReads();
  for (let peer = 0; peer < 10; peer += 1) reads.open(10, new ReadBudget());
  await reads.completeReads(8);
  expect(Math.max(...reads.sizes)).toBe(64 * KIB);
  const poolAndGuarantees = (256 + 10 * 16) * KIB;
  expect(sum(reads.sizes)).toBeLessThanOrEqual(poolAndGuarantees + 100 * 2 * KIB);
  await reads.close();
});

test('idle streams of one connection leave large reads to other connections', async () => {
  const idle = new HeldReads();
  idle.open(20, new ReadBudget());
  await idle.completeReads(8);
  expect(sum(idle.sizes)).toBeLessThanOrEqual((128 + 20 * 2) * KIB);

  const other = new HeldReads();
  other.open(1, new ReadBudget());
  await other.completeReads(8);
  expect(other.sizes).toEqual([64 * KIB]);
  await other.close();

  const more = new HeldReads();
  for (let peer = 0; peer < 30; peer += 1) more.open(20, new ReadBudget());
  await more.completeReads(8);
  other.open(1, new ReadBudget());
  await other.completeReads(8);
  expect(other.sizes).toEqual([16 * KIB]);
  for (const reads of [idle, other, more]) await reads.close();
});

test('a connection may use half of the pool again after others have ended', async () => {
  const ended = new HeldReads();
  for (let peer = 0; peer < 30; peer += 1) ended.open(20, new ReadBudget());
  await ended.completeReads(8);
  await ended.close();
  const reads = new HeldReads();
  reads.open(3, new ReadBudget());
  await reads.completeReads(8);
  expect(reads.sizes.toSorted((a, b) => b - a)).toEqual([64 * KIB, 64 * KIB, 2 * KIB]);
  await reads.close();
});
