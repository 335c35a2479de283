import { type Group, Track } from 'moq-net';
import { cancelOnceUnread } from '../../common/moq/cancel-unread-groups.ts';

/**
 * How long a finished group is kept for late readers, at most, in milliseconds. A publisher names a retention for each
 * track and moq-net applies it in this process: 30 s from the moq tools, any number from a hostile peer. Live readers
 * want the newest group; five seconds (moq-net's own default) cover a reader that stalls for a moment.
 */
const MAX_RETENTION_MS = 5_000;

/** A track's properties with defaults filled in and the retention limited to `MAX_RETENTION_MS`. */
export function clampRetention(info: Partial<Track.Info>): Track.Info {
  const full = Track.infoDefaults(info);
  return { ...full, latencyMax: Math.min(full.latencyMax, MAX_RETENTION_MS) };
}

let installed = false;

/**
 * Patches `Track.Producer.prototype` of moq-net so that every track limits its retention and cancels groups that
 * nobody reads any more. moq-net applies the retention that the wire names and offers no hook to change it. Idempotent.
 *
 * The newest group of a track is kept for as long as the track lasts. A catalog is one group that is often ended at
 * once; a reader that joins after the retention would otherwise wait for a catalog change that never comes.
 */
export function installRetentionLimit(): void {
  if (installed) return;
  installed = true;
  const { accept, writeGroup } = Track.Producer.prototype;
  Track.Producer.prototype.accept = function (this: Track.Producer, info) {
    return accept.call(this, clampRetention(info ?? {}));
  };
  Track.Producer.prototype.writeGroup = function (this: Track.Producer, group: Group.Producer): void {
    // Before the library's own method, which may drop an old group at once.
    const newest = newestGroups.get(this);
    if (!newest || newest.sequence < group.sequence || newest.closed.peek() instanceof Error) {
      newestGroups.set(this, group);
      keepNewestGroup(this, group);
    }
    writeGroup.call(this, group);
    cancelOnceUnread(this, group);
  };
}

/** The newest group of each track that was received over the wire. */
const newestGroups = new WeakMap<Track.Producer, Group.Producer>();

/**
 * The library drops groups that ended without an error and are too old, and it reads `closed` to find them. While the
 * group is the newest one, that property reports it as open. Readers have handles of their own and do see the end.
 */
function keepNewestGroup(track: Track.Producer, group: Group.Producer): void {
  const { closed } = group;
  const openWhileNewest = new Proxy(closed, {
    get(target, key) {
      if (key === 'peek') {
        return () => {
          const end = target.peek();
          return end === null && newestGroups.get(track) === group ? undefined : end;
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  Object.defineProperty(group, 'closed', { get: () => openWhileNewest });
}
