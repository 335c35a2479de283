import { Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { MAX_TRACK_CHARS, MAX_UPLINK_TRACKS, type Uplink } from '../../common/bridge/bridge.ts';
import { log } from '../base/log.ts';
import { networkPathSourceOf, sendSampleOf } from '../network/network-path-source.ts';
import { SendLimit } from '../network/send-limit.ts';
import type { Origin, Publication } from '../origin/origin.ts';

/** Interval between samples, in ms. Half of the downlink's, because a full queue delays the video immediately. */
const SAMPLE_MS = 100;
/** Limits are rounded to multiples of this, in bits per second, so that windows do not receive every small change. */
const LIMIT_STEP_BPS = 20_000;

/** Options for an `UplinkMonitor`. */
export interface UplinkMonitorOptions {
  origin: Origin;
  /** The Origin paths under which windows publish. */
  prefixes: readonly string[];
  /** A monotonic clock in ms. */
  nowMs?: () => number;
  /** Interval between samples, in ms. */
  everyMs?: number;
}

/** A reader's session, as far as this module needs it. */
interface ReaderSession {
  readonly transport: object;
}

/**
 * Measures how the user's broadcasts reach their readers, so that the encoders' bitrates can follow the connections.
 * Samples a connection only if its reader is the only reader of a track, because tracks with several readers keep
 * their bitrate.
 */
export class UplinkMonitor {
  readonly #options: UplinkMonitorOptions;
  readonly #scope = new Scope();
  readonly #limits = new WeakMap<object, SendLimit>();
  readonly #uplinks = new Store<readonly Uplink[]>([]);
  readonly #nowMs: () => number;
  #json = '[]';

  constructor(options: UplinkMonitorOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    const timer = setInterval(() => this.sample(), options.everyMs ?? SAMPLE_MS);
    timer.unref();
    this.#scope.own(() => clearInterval(timer));
  }

  /** One entry per broadcast that is read over a network. Set only when an entry changes. */
  get uplinks(): Readable<readonly Uplink[]> {
    return this.#uplinks;
  }

  /** Samples all connections. Called by a timer, and by tests. */
  sample(): void {
    const { origin, prefixes } = this.#options;
    const publications = prefixes.flatMap((prefix) => origin.list(Path.from(prefix)));
    const sampled = new Map<object, number | null>();
    const uplinks = publications.flatMap((publication) => this.#uplinkOf(publication, sampled) ?? []);
    const json = JSON.stringify(uplinks);
    if (json === this.#json) return;
    this.#json = json;
    this.#uplinks.set(uplinks);
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  /** @param sampled the limits of the readers that this round has already sampled */
  #uplinkOf(publication: Publication, sampled: Map<object, number | null>): Uplink | undefined {
    const readers = [...publication.readingSessions].flatMap((reader) => {
      const tracks = [...publication.tracksReadBy(reader)].filter(({ length }) => length <= MAX_TRACK_CHARS);
      return hasNetworkPaths(reader) ? [{ reader, tracks: tracks.slice(0, MAX_UPLINK_TRACKS) }] : [];
    });
    const counts = new Map<string, number>();
    for (const { tracks } of readers) {
      for (const track of tracks) {
        if (counts.has(track) || counts.size < MAX_UPLINK_TRACKS)
          counts.set(track, (counts.get(track) ?? 0) + 1);
      }
    }
    if (counts.size === 0) return undefined;
    const sole = readers.filter(({ tracks }) => tracks.some((track) => counts.get(track) === 1));
    return {
      path: publication.path,
      tracks: [...counts].map(([name, count]) => ({ name, readers: count })),
      soleReaders: sole
        .slice(0, MAX_UPLINK_TRACKS)
        .map(({ reader, tracks }) => ({ tracks, limitBps: this.#limitOf(reader, sampled) })),
    };
  }

  #limitOf(reader: ReaderSession, sampled: Map<object, number | null>): number | null {
    const known = sampled.get(reader);
    if (known !== undefined) return known;
    const limit = this.#limits.get(reader) ?? new SendLimit();
    this.#limits.set(reader, limit);
    const bps = rounded(this.#sampleReader(reader, limit));
    sampled.set(reader, bps);
    return bps;
  }

  #sampleReader({ transport }: ReaderSession, limit: SendLimit): number | null {
    const source = networkPathSourceOf(transport);
    try {
      const sample = source && sendSampleOf(source, this.#nowMs());
      return sample ? limit.add(sample) : limit.bps;
    } catch (error) {
      // The connection may have closed since the reader was listed.
      log.debug(`uplink: cannot sample paths: ${messageOf(error)}`);
      return limit.bps;
    }
  }
}

function hasNetworkPaths(reader: object): reader is ReaderSession {
  if (!('transport' in reader)) return false;
  const { transport } = reader;
  return typeof transport === 'object' && transport !== null && networkPathSourceOf(transport) !== undefined;
}

function rounded(bps: number | null): number | null {
  return bps === null ? null : Math.round(bps / LIMIT_STEP_BPS) * LIMIT_STEP_BPS;
}
