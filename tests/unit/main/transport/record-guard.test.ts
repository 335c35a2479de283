import { describe, expect, it } from 'vitest';
import { firstFrame, PING } from '../../../../main/transport/qmux-frame.ts';
import { guardRecords } from '../../../../main/transport/record-guard.ts';
import { socketPair } from '../../../support/socket-pair.ts';
import { pingFrame, streamRecords } from '../../../support/stream-attacks.ts';
import { waitFor } from '../../../support/wait.ts';

describe('a record', () => {
  it('is split into its frames, in order, over several turns of the event loop', async () => {
    const [sender, receiver] = socketPair();
    const guarded = guardRecords(receiver);
    const frames: Uint8Array[] = [];
    guarded.onmessage = ({ data }) => frames.push(new Uint8Array(data as Uint8Array));
    const message = Uint8Array.from({ length: 3_000 }, (_, i) => i & 0xff);
    for (const record of streamRecords(0, message, 1)) sender.send(record);
    await waitFor('all frames', () => frames.length === 3_000);
    expect(frames.map((frame) => frame.at(-1))).toEqual([...message]);
  });

  it.each([
    ['a ping after padding', Buffer.concat([Buffer.alloc(3), pingFrame(5)]), PING, 12],
    ['STREAM without a length', Buffer.from('0800aabb', 'hex'), 8n, 4],
    ['STREAM with offset and length', Buffer.from('0e0001020a0bff', 'hex'), 14n, 6],
    ['MAX_DATA', Buffer.from('1001ff', 'hex'), 16n, 2],
    ['an unknown frame', Buffer.from('3fff', 'hex'), 63n, 2],
    ['padding', Buffer.alloc(4), undefined, 4],
  ])('that starts with %s is measured', (_what, record, type, length) => {
    expect(firstFrame(record)).toEqual({ type, length });
  });
});

describe('a peer is disconnected', () => {
  it.each([
    ['if it sends hundreds of pings', () => Array.from({ length: 200 }, (_, i) => pingFrame(i))],
    [
      'if thousands of tiny records arrive at once',
      () => Array.from({ length: 2_000 }, () => new Uint8Array(2)),
    ],
    ['if its record is too large', () => [new Uint8Array(20_000)]],
  ])('%s', async (_what, records) => {
    const [sender, receiver] = socketPair();
    const guarded = guardRecords(receiver);
    let closed: { code?: number } | undefined;
    guarded.onclose = (event) => {
      closed = event;
    };
    for (const record of records()) sender.send(record);
    expect(await waitFor('closed', () => closed)).toMatchObject({ code: 1008 });
  });
});
