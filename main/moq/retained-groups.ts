import type { Group } from 'moq-net';
import { MAX_RECENT_GROUPS } from './recent-group-limit.ts';

/**
 * Limits the bytes in groups that are kept for late readers. moq-net has no limit on what a publisher sends
 * within the retention of five seconds. Dropped groups are missing only for late readers, because current
 * subscribers have their own copies. The newest group of a track is never dropped here.
 */

/** Maximum number of bytes in the older groups of one track: five seconds of 6 Mbit/s. */
const MAX_TRACK_BYTES = 4 * 1024 * 1024;
/** Maximum number of bytes in the older groups of all tracks. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024;

interface Retained {
  readonly group: WeakRef<Group.Producer>;
  readonly track: RetainedTrack;
  bytes: number;
  /** When moq-net itself drops the group, in ms from `performance.now()`. */
  untilMs: number;
}

interface RetainedTrack {
  newest: Retained | undefined;
  /** The groups before the newest, oldest first. */
  readonly older: Set<Retained>;
  bytes: number;
}

/** The groups that are kept for late readers. */
export class RetainedGroups {
  readonly #retentionMs: number;
  readonly #maxTrackBytes: number;
  readonly #maxTotalBytes: number;
  readonly #tracks = new WeakMap<object, RetainedTrack>();
  readonly #byGroup = new WeakMap<Group.Producer, Retained>();
  /** The older groups of all tracks, oldest first. */
  readonly #older = new Set<Retained>();
  #totalBytes = 0;

  /** @param retentionMs how long moq-net keeps a group that has ended */
  constructor(retentionMs: number, maxTrackBytes = MAX_TRACK_BYTES, maxTotalBytes = MAX_TOTAL_BYTES) {
    this.#retentionMs = retentionMs;
    this.#maxTrackBytes = maxTrackBytes;
    this.#maxTotalBytes = maxTotalBytes;
  }

  /** Number of bytes in the older groups of all tracks. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Must be called when a group becomes the newest of its track. */
  addNewest(track: object, group: Group.Producer): void {
    const known = this.#tracks.get(track) ?? { newest: undefined, older: new Set(), bytes: 0 };
    this.#tracks.set(track, known);
    const { newest: previous } = known;
    known.newest = { group: new WeakRef(group), track: known, bytes: 0, untilMs: Infinity };
    this.#byGroup.set(group, known.newest);
    if (!previous) return;
    previous.untilMs = performance.now() + this.#retentionMs;
    known.older.add(previous);
    this.#older.add(previous);
    this.#count(previous, previous.bytes);
  }

  /** Must be called for each frame that is written to a group. */
  addFrame(group: Group.Producer, bytes: number): void {
    const retained = this.#byGroup.get(group);
    if (!retained) return;
    retained.bytes += bytes;
    if (this.#older.has(retained)) this.#count(retained, bytes);
  }

  #count({ track }: Retained, bytes: number): void {
    track.bytes += bytes;
    this.#totalBytes += bytes;
    const nowMs = performance.now();
    for (const oldest of this.#older) {
      if (oldest.untilMs > nowMs) break;
      this.#forget(oldest);
    }
    for (const oldest of track.older) {
      if (track.bytes <= this.#maxTrackBytes && track.older.size <= MAX_RECENT_GROUPS) break;
      this.#drop(oldest);
    }
    for (const oldest of this.#older) {
      if (this.#totalBytes <= this.#maxTotalBytes) break;
      this.#drop(oldest);
    }
  }

  #forget(retained: Retained): void {
    this.#older.delete(retained);
    retained.track.older.delete(retained);
    retained.track.bytes -= retained.bytes;
    this.#totalBytes -= retained.bytes;
  }

  /** Removes a group's frames by reading them. moq-net keeps these frames for late readers. */
  #drop(retained: Retained): void {
    this.#forget(retained);
    const reader = retained.group.deref()?.consume();
    while (reader?.tryReadFrame());
  }
}
