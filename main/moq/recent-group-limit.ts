import type { Track } from 'moq-net';

/**
 * Limits how many groups each track keeps for late readers. moq-net scans all kept groups for each new one.
 * Limits on bytes are not enough, because even an empty group takes a few kilobytes.
 */

/** Maximum number of recent groups of one track: five seconds of 100 groups per second. */
export const MAX_RECENT_GROUPS = 512;

interface RecentGroups {
  /** The track's properties, in the object that moq-net itself uses. Undefined until they are known. */
  info: Track.Info | undefined;
  /** When each recent group was written, oldest first, in ms from `Date.now()`, which moq-net uses too. */
  readonly writtenAtMs: number[];
}

const tracks = new WeakMap<Track.Producer, RecentGroups>();

/** Must be called when a track has been accepted. */
export function trackRecentGroups(track: Track.Producer): void {
  const recent: RecentGroups = { info: undefined, writtenAtMs: [] };
  tracks.set(track, recent);
  track.info().then(
    (info) => {
      recent.info = info;
    },
    // The track was closed, so it gets no groups.
    () => undefined,
  );
}

/**
 * Calls `write`, which must write a group to the track. If the track already keeps too many groups, shortens
 * the retention during the call, so that moq-net drops the oldest ones.
 */
export function limitRecentGroups(track: Track.Producer, write: () => void): void {
  const { info, writtenAtMs } = tracks.get(track) ?? {};
  if (!info || !writtenAtMs) {
    write();
    return;
  }
  const nowMs = Date.now();
  // If the system clock was set back, the earlier times would make new groups look older than all others.
  if ((writtenAtMs.at(-1) ?? 0) > nowMs) writtenAtMs.length = 0;
  const { latencyMax } = info;
  const newestDropped = writtenAtMs.at(-MAX_RECENT_GROUPS) ?? 0;
  const droppedUntilMs = Math.max(newestDropped, nowMs - latencyMax);
  const kept = writtenAtMs.findIndex((atMs) => atMs > droppedUntilMs);
  writtenAtMs.splice(0, kept === -1 ? writtenAtMs.length : kept);
  writtenAtMs.push(nowMs);
  info.latencyMax = Math.max(0, nowMs - droppedUntilMs);
  try {
    write();
  } finally {
    info.latencyMax = latencyMax;
  }
}
