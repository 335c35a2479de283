import { PATTERN_CODE_LIMIT } from '../../renderer/media/sources/pattern-code.ts';
import { quantile } from './figures.ts';
import type { Encoded } from './page/hops-publisher.ts';
import type { Decoded } from './page/hops-viewer.ts';
import type { Sighting } from './recording.ts';
import { clientMessages, type Tap } from './tap-file.ts';
import { TimestampFinder } from './timestamp-finder.ts';

/** Inputs for `hopsOf`. */
export interface HopSources {
  encoded: readonly Encoded[];
  decoded: Decoded;
  /** Bytes recorded in the two main processes. */
  taps: Readonly<Record<'a' | 'b', readonly Tap[]>>;
  sightings: readonly Sighting[];
}

/** One hop on a frame's way from camera to screen. */
export interface Hop {
  name: string;
  /** Number of frames that were observed at both ends of the hop. */
  frames: number;
  medianMs: number | null;
  p95Ms: number | null;
}

/** The hops in order. Each hop ends where the next begins. */
const HOPS = [
  'camera → encoder: the track, the page',
  'encoder',
  'window → its main: the loopback socket',
  'publisher’s main → iroh',
  'iroh → viewer’s main',
  'viewer’s main → window',
  'window → decoder: the jitter buffer',
  'decoder',
  'decoder → screen: waiting for its presentation time, painting',
] as const;

/** Computes how long frames take to pass through each hop. */
export function hopsOf({ encoded, decoded, taps, sightings }: HopSources): Hop[] {
  const timestamps = encoded.map(({ timestampUs }) => timestampUs);
  const found = (flow: Iterable<{ atMs: number; bytes: Uint8Array }>) => {
    const finder = new TimestampFinder(timestamps);
    for (const { atMs, bytes } of flow) finder.scan(bytes, atMs);
    return finder.found;
  };
  const of = (all: readonly Tap[], kind: Tap['kind']) => all.filter((tap) => tap.kind === kind);
  const first = (pairs: readonly (readonly [number, number])[]) => new Map(pairs.toReversed());
  const places = [
    found(clientMessages(taps.a)),
    found(of(taps.a, 'irohOut')),
    found(of(taps.b, 'irohIn')),
    first(decoded.arrived),
    first(decoded.decode),
    first(decoded.output),
  ];
  const seen = new Map(sightings.map(({ code, atMs }) => [code, atMs]));
  const rows = encoded.flatMap(({ timestampUs, code, encodeMs, chunkMs }) => {
    if (code === null) return [];
    const times = [
      captureMs(code, encodeMs),
      encodeMs,
      chunkMs ?? undefined,
      ...places.map((place) => place.get(timestampUs)),
      seen.get(code),
    ];
    return [times];
  });
  return HOPS.map((name, i) => {
    const lengths = rows.flatMap((times) => {
      const [from, to] = [times[i], times[i + 1]];
      return from === undefined || to === undefined ? [] : [to - from];
    });
    return {
      name,
      frames: lengths.length,
      medianMs: quantile(lengths, 0.5),
      p95Ms: quantile(lengths, 0.95),
    };
  });
}

/**
 * Returns the capture time for a code, which is the time modulo `PATTERN_CODE_LIMIT`: the latest match at or
 * before `nearMs`.
 */
function captureMs(code: number, nearMs: number): number {
  const since = (((nearMs - code) % PATTERN_CODE_LIMIT) + PATTERN_CODE_LIMIT) % PATTERN_CODE_LIMIT;
  return nearMs - since;
}
