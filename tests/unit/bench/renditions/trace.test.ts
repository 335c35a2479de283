import { expect, test } from 'vitest';
import { decodeTrace, encodeTrace, type Signal, type Trace } from '../../../../bench/renditions/trace.ts';

const offers = [
  { name: 'video/h264-180p', width: 320, height: 180, framesPerSecond: 30, bitrateBps: 236_831 },
];
const sample = (nowMs: number): Signal => ({
  kind: 'sample',
  input: {
    nowMs,
    offers,
    preferredRendition: 'auto',
    view: { widthPx: 1280, heightPx: 720, visible: true },
    maxLines: null,
    audioBps: 48_000,
    player: { shown: null, late: false, overloaded: false, probeInTime: null },
  },
});

test('a decoded trace equals the encoded one, with times relative to its start, to a tenth of a millisecond', () => {
  const facts = {
    kind: 'direct',
    rttMs: 33,
    senderEstimateBps: null,
    goodputBps: 124_587,
    connection: 2,
  } as const;
  const trace: Trace = {
    originMs: 1_795_458_641_891.5,
    signals: [
      { kind: 'step', atMs: 1_000, name: '8 Mbit/s, 20 ms RTT' },
      { kind: 'facts', atMs: 1_000.25, facts: { ...facts, atMs: 77 } },
      { kind: 'lag', atMs: 1_050, lagMs: 1.04 },
      sample(1_100),
      {
        kind: 'arrival',
        arrival: { track: 'video/h264-180p', kind: 'video', atMs: 1_200, mediaMs: 5_000_000, bytes: 5_000 },
      },
      { kind: 'arrival', arrival: { track: 'audio', kind: 'audio', atMs: 1_201, mediaMs: 900, bytes: 80 } },
      {
        kind: 'arrival',
        arrival: { track: 'video/h264-180p', kind: 'video', atMs: 1_233, mediaMs: 5_000_033.3, bytes: 900 },
      },
      sample(1_300),
    ],
  };
  const text = encodeTrace(trace);
  // Both samples have the same available renditions, which are written only once.
  expect(text.match(/236831/g)).toHaveLength(1);
  const read = decodeTrace(text);
  expect(read.originMs).toBe(trace.originMs + 1_000);
  expect(read.signals).toEqual([
    { kind: 'step', atMs: 0, name: '8 Mbit/s, 20 ms RTT' },
    { kind: 'facts', atMs: 0.3, facts: { ...facts, atMs: 0.3 } },
    { kind: 'lag', atMs: 50, lagMs: 1 },
    sample(100),
    {
      kind: 'arrival',
      arrival: { track: 'video/h264-180p', kind: 'video', atMs: 200, mediaMs: 0, bytes: 5_000 },
    },
    { kind: 'arrival', arrival: { track: 'audio', kind: 'audio', atMs: 201, mediaMs: 0, bytes: 80 } },
    {
      kind: 'arrival',
      arrival: { track: 'video/h264-180p', kind: 'video', atMs: 233, mediaMs: 33.3, bytes: 900 },
    },
    sample(300),
  ]);
});
