import { describe, expect, it } from 'vitest';
import { hopsOf } from '../../../../bench/renditions/hops.ts';
import { clientMessages, decodeTaps, encodeTaps, type Tap } from '../../../../bench/renditions/tap-file.ts';
import { TimestampFinder } from '../../../../bench/renditions/timestamp-finder.ts';

/** Encodes a timestamp as a four-byte QUIC varint, like the container. */
function varint(us: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, us + 0x80000000);
  return bytes;
}

/** Encodes a masked message, the way browsers send it. */
function masked(payload: Uint8Array): Buffer {
  const mask = [1, 2, 3, 4];
  const long = payload.length > 125;
  const head = long
    ? [0x82, 0x80 | 126, payload.length >> 8, payload.length & 255]
    : [0x82, 0x80 | payload.length];
  return Buffer.from([...head, ...mask, ...payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}

describe('the timestamp finder', () => {
  it('finds the first occurrence of each timestamp and nothing else', () => {
    const finder = new TimestampFinder([1_000_000, 1_033_333, 5]);
    finder.scan(Buffer.concat([Buffer.from([7, 8, 9]), varint(1_000_000), Buffer.alloc(20)]), 10);
    finder.scan(varint(1_000_000), 20);
    expect([...finder.found]).toEqual([[1_000_000, 10]]);
  });
});

describe('the tap file', () => {
  it('decodes to the encoded chunks', () => {
    const taps: Tap[] = [
      { kind: 'socket', source: 3, atMs: 1_700_000_000_000.25, bytes: Uint8Array.of(1, 2) },
      { kind: 'irohIn', source: 0, atMs: 2, bytes: new Uint8Array() },
    ];
    const back = decodeTaps(Buffer.from(encodeTaps(taps)));
    expect(back.map((tap) => ({ ...tap, bytes: Uint8Array.from(tap.bytes) }))).toEqual(taps);
  });

  it('contains a browser’s messages, regardless of how they were split into chunks', () => {
    const payloads = [Uint8Array.of(9, 8, 7), new Uint8Array(300).fill(5)];
    const wire = Buffer.concat(payloads.map(masked));
    const taps: Tap[] = [wire.subarray(0, 4), wire.subarray(4, 100), wire.subarray(100)].map((bytes, i) => ({
      kind: 'socket',
      source: 1,
      atMs: i,
      bytes,
    }));
    expect(clientMessages(taps)).toEqual([
      { atMs: 1, bytes: payloads[0] },
      { atMs: 2, bytes: payloads[1] },
    ]);
  });
});

describe('hop times', () => {
  it('are measured between observers, and include frames that one of the observers missed', () => {
    const encoded = [1_000_000, 2_000_000].map((timestampUs, i) => ({
      timestampUs,
      code: 100 + 1_000 * i,
      encodeMs: 101 + 1_000 * i,
      chunkMs: 103 + 1_000 * i,
    }));
    const tap = (kind: Tap['kind'], atMs: number, us: number): Tap => ({
      kind,
      source: 0,
      atMs,
      bytes: kind === 'socket' ? masked(varint(us)) : varint(us),
    });
    const hops = hopsOf({
      encoded,
      decoded: { arrived: [[1_000_000, 121]], decode: [[1_000_000, 128]], output: [[1_000_000, 136]] },
      taps: {
        a: [tap('socket', 106, 1_000_000), tap('irohOut', 110, 1_000_000), tap('socket', 1_106, 2_000_000)],
        b: [tap('irohIn', 115, 1_000_000)],
      },
      sightings: [{ atMs: 145, code: 100, height: 720 }],
    });
    expect(hops.map(({ medianMs, frames }) => [medianMs, frames])).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
      ...[4, 5, 6, 7, 8, 9].map((ms) => [ms, 1]),
    ]);
  });
});
