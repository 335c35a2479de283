import { describe, expect, test } from 'vitest';
import { decodeHeader } from '../../../../../main/transport/bundle/record-format.ts';
import {
  type RecordCarrier,
  RecordScheduler,
  type RecordStream,
} from '../../../../../main/transport/bundle/record-scheduler.ts';

/** A connection that only notes what it carries: real ones acknowledge too quickly to control the order. */
class NotingCarrier implements RecordCarrier {
  readonly windowBytes: number;
  readonly records: { sequence: number; stream: number; offset: number; isLast: boolean; bytes: number }[] =
    [];
  readonly resets: number[] = [];

  constructor(windowBytes: number) {
    this.windowBytes = windowBytes;
  }

  async send(record: Uint8Array) {
    const decoded = decodeHeader(record);
    if (decoded?.header.kind !== 'record') throw new Error('not a record');
    const { sequence, stream, offset, isLast } = decoded.header;
    this.records.push({ sequence, stream, offset, isLast, bytes: decoded.rest.byteLength });
    return { reset: () => void this.resets.push(sequence) };
  }
}

class NotingStream implements RecordStream {
  readonly id: number;
  priority: number;
  readonly acknowledged: boolean[] = [];

  constructor(id: number, priority = 0) {
    this.id = id;
    this.priority = priority;
  }

  onAcknowledged(isComplete: boolean): void {
    this.acknowledged.push(isComplete);
  }
}

/** Resolves when the scheduler has distributed what was added before. */
const drained = async () => {
  for (let i = 0; i < 3; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

function setUp(...windows: number[]) {
  const carriers = windows.map((windowBytes) => new NotingCarrier(windowBytes));
  const used = [...carriers];
  const scheduler = new RecordScheduler(
    () => used,
    () => undefined,
  );
  return { scheduler, carriers, used };
}

describe('RecordScheduler', () => {
  test('sends on the connection with the least queued data relative to its window', async () => {
    const { scheduler, carriers } = setUp(30_000, 10_000);
    const stream = new NotingStream(0);
    for (let i = 0; i < 8; i += 1) scheduler.add(stream, i * 1_000, new Uint8Array(1_000));
    await drained();
    expect(carriers.map(({ records }) => records.length)).toEqual([6, 2]);
  });

  test('sends more important streams first, even if they were written later', async () => {
    const { scheduler, carriers } = setUp(1_000);
    const [low, high] = [new NotingStream(0, -5), new NotingStream(1, -1)];
    scheduler.add(low, 0, new Uint8Array(2_000));
    await drained();
    scheduler.add(low, 2_000, new Uint8Array(10));
    scheduler.add(high, 0, new Uint8Array(10));
    scheduler.acknowledge(0);
    await drained();
    expect(carriers[0]?.records.map(({ stream }) => stream)).toEqual([0, 1, 0]);
  });

  test('sends the end of a stream with its last record, or alone if that was sent', async () => {
    const { scheduler, carriers } = setUp(100_000);
    const [first, second] = [new NotingStream(0), new NotingStream(1)];
    scheduler.add(first, 0, new Uint8Array(10));
    scheduler.finish(first, 10);
    scheduler.add(second, 0, new Uint8Array(10));
    await drained();
    scheduler.finish(second, 10);
    await drained();
    expect(carriers[0]?.records.map(({ stream, bytes, isLast }) => [stream, bytes, isLast])).toEqual([
      [0, 10, true],
      [1, 10, false],
      [1, 0, true],
    ]);
    for (const sequence of [0, 1, 2]) scheduler.acknowledge(sequence);
    expect([first.acknowledged, second.acknowledged]).toEqual([[true], [false, true]]);
    expect(scheduler.streamCount).toBe(0);
  });

  test('sends unacknowledged records again if their connection ends, and the end of the stream stays its end', async () => {
    const { scheduler, carriers, used } = setUp(100_000, 100_000);
    const stream = new NotingStream(0);
    for (let i = 0; i < 4; i += 1) scheduler.add(stream, i * 10, new Uint8Array(10));
    await drained();
    const [lost, kept] = carriers;
    if (!lost || !kept) throw new Error('no carriers');
    used.shift();
    scheduler.acknowledge(lost.records[0]?.sequence ?? -1);
    const unacknowledged = lost.records.slice(1).map(({ offset }) => offset);
    const before = kept.records.length;
    scheduler.release(lost);
    // The stream ends while an earlier record waits to be sent again.
    scheduler.finish(stream, 40);
    await drained();
    const again = kept.records.slice(before);
    expect(again.filter(({ bytes }) => bytes > 0).map(({ offset }) => offset)).toEqual(unacknowledged);
    expect(again.filter(({ isLast }) => isLast).map(({ offset, bytes }) => offset + bytes)).toEqual([40]);
  });

  test('drops a stream, also what is in flight', async () => {
    const { scheduler, carriers } = setUp(1_000);
    const stream = new NotingStream(0);
    scheduler.add(stream, 0, new Uint8Array(2_000));
    await drained();
    scheduler.add(stream, 2_000, new Uint8Array(100_000));
    const room = scheduler.whenRoom(stream);
    scheduler.drop(stream);
    await room;
    await drained();
    expect(carriers[0]?.resets).toEqual([0]);
    expect(carriers[0]?.records).toHaveLength(1);
    expect(scheduler.streamCount).toBe(0);
  });

  test('makes a writer wait while too much of its stream waits', async () => {
    const { scheduler } = setUp(1);
    const stream = new NotingStream(0);
    scheduler.add(stream, 0, new Uint8Array(40_000));
    await drained();
    scheduler.add(stream, 40_000, new Uint8Array(40_000));
    let hasRoom = false;
    void scheduler.whenRoom(stream).then(() => {
      hasRoom = true;
    });
    await drained();
    expect(hasRoom).toBe(false);
    scheduler.acknowledge(0);
    await drained();
    expect(hasRoom).toBe(true);
  });
});
