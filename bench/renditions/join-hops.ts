import { Varint } from 'moq-net';
import { quantile } from './figures.ts';
import type { Encoded } from './page/hops-publisher.ts';
import type { Decoded } from './page/hops-viewer.ts';
import type { Sighting } from './recording.ts';
import { clientMessages, type Tap } from './tap-file.ts';
import { TimestampFinder } from './timestamp-finder.ts';

/** Recordings of one join. Times are in milliseconds since the epoch. */
export interface JoinSources {
  /** When the viewer clicked or opened the page. */
  askedMs: number;
  /** The address part of the ticket, which every request of the viewer's page contains. */
  address: string;
  encoded: readonly Encoded[];
  decoded: Decoded;
  /** Bytes recorded at the publisher, and in the process that dials it. */
  taps: Readonly<Record<'publisher' | 'viewer', readonly Tap[]>>;
  sightings: readonly Sighting[];
}

/** The steps of a join, in the usual order. */
const STEPS = [
  'request reaches the viewer’s main or the relay',
  'dial starts',
  'connected',
  'announcement requested',
  'announcement arrives',
  'catalog requested',
  'catalog arrives',
  'video requested',
  'video request reaches the publisher’s main',
  'first shown frame enters the publisher’s encoder',
  'it leaves the encoder',
  'it leaves the publisher’s main',
  'it arrives at the viewer’s main or the relay',
  'it arrives in the page',
  'it enters the decoder',
  'it leaves the decoder',
  'painted',
] as const;

/** First byte of a moq-lite stream: its type. */
const ANNOUNCE = 1;

/**
 * Returns the time of each step after the click, in milliseconds, in the order of `STEPS`; null for a step
 * that did not take place, such as a request for something that the relay already has.
 */
export function joinTimes({ askedMs, address, ...sources }: JoinSources): (number | null)[] {
  const { encoded, decoded, taps, sightings } = sources;
  const viewer = taps.viewer.filter(({ atMs }) => atMs >= askedMs);
  const out = of(viewer, 'irohOut');
  const incoming = of(viewer, 'irohIn');
  const first = decoded.decode[0]?.[0];
  const frame = first === undefined ? undefined : encoded.find(({ timestampUs }) => timestampUs === first);
  const found = (flow: readonly { atMs: number; bytes: Uint8Array }[]) => {
    if (first === undefined) return undefined;
    const finder = new TimestampFinder([first]);
    for (const { atMs, bytes } of flow) finder.scan(bytes, atMs);
    return finder.found.get(first);
  };
  const time = (pairs: readonly [number, number][]) => pairs.find(([timestamp]) => timestamp === first)?.[1];
  // Unidirectional streams have other types.
  const answered = new Set(incoming.map(({ source }) => source));
  const announce = out.find(({ bytes, source }) => bytes[0] === ANNOUNCE && answered.has(source));
  const times = [
    earliest(
      clientMessages(taps.viewer).filter(({ atMs, bytes }) => atMs >= askedMs && contains(bytes, address)),
    ),
    of(viewer, 'dial')[0]?.atMs,
    of(viewer, 'connected')[0]?.atMs,
    announce?.atMs,
    announce && announcedMs(incoming.filter(({ source }) => source === announce.source)),
    out.find(({ bytes }) => contains(bytes, 'catalog.json'))?.atMs,
    incoming.find(({ bytes }) => contains(bytes, '"renditions"'))?.atMs,
    out.find(({ bytes }) => contains(bytes, 'video/'))?.atMs,
    of(taps.publisher, 'irohIn').find(({ atMs, bytes }) => atMs >= askedMs && contains(bytes, 'video/'))
      ?.atMs,
    frame?.encodeMs,
    frame?.chunkMs ?? undefined,
    found(of(taps.publisher, 'irohOut')),
    found(of(taps.viewer, 'irohIn')),
    time(decoded.arrived),
    time(decoded.decode),
    time(decoded.output),
    sightings[0]?.atMs,
  ];
  return times.map((atMs) => (atMs === undefined || atMs < askedMs ? null : atMs - askedMs));
}

/** Returns a Markdown table with the median time of each step in several joins of each kind. */
export function joinTable(kinds: Readonly<Record<string, readonly (readonly (number | null)[])[]>>): string {
  const names = Object.keys(kinds);
  const rows = STEPS.map((step, i) => {
    const cells = Object.values(kinds).map((joins) => {
      const times = joins.flatMap((join) => join[i] ?? []);
      // If most joins of this kind skip a step, the table omits it.
      const median = 2 * times.length > joins.length ? quantile(times, 0.5) : null;
      return median === null ? '' : median.toFixed(0);
    });
    return `| ${[step, ...cells].join(' | ')} |`;
  });
  return [
    `| ms after the click | ${names.join(' | ')} |`,
    `|${' --- |'.repeat(names.length + 1)}`,
    ...rows,
  ].join('\n');
}

/** Returns when the first announcement arrived: the second message, because the first one names the publisher. */
function announcedMs(replies: readonly Tap[]): number | undefined {
  let bytes = new Uint8Array();
  for (const reply of replies) {
    bytes = Uint8Array.from([...bytes, ...reply.bytes]);
    if (bytes.length === 0) continue;
    const [size, rest] = Varint.decode(bytes);
    if (rest.length > size) return reply.atMs;
  }
  return undefined;
}

function earliest(messages: readonly { atMs: number }[]): number | undefined {
  const times = messages.map(({ atMs }) => atMs);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function of(taps: readonly Tap[], kind: Tap['kind']): Tap[] {
  return taps.filter((tap) => tap.kind === kind);
}

function contains(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(text);
}
