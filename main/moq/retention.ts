import { Group, Track } from 'moq-net';
import { cancelOnceUnread } from '../../common/moq/cancel-unread-groups.ts';
import { withMembers } from '../base/with-members.ts';
import { limitRecentGroups, trackRecentGroups } from './recent-group-limit.ts';
import { RetainedGroups } from './retained-groups.ts';

/**
 * Maximum time that an ended group is kept for late readers, in ms. The publisher of a track chooses the
 * retention, and moq-net would apply it unchanged: the moq tools choose 30 s, and a hostile peer could choose
 * any duration. Live readers need only the newest group, and five seconds (moq-net's own default) is enough
 * for a reader that stalls briefly.
 */
export const MAX_RETENTION_MS = 5_000;

/** Returns a track's properties with defaults filled in and the retention limited to `MAX_RETENTION_MS`. */
export function clampRetention(info: Partial<Track.Info>): Track.Info {
  const full = Track.infoDefaults(info);
  return { ...full, latencyMax: Math.min(full.latencyMax, MAX_RETENTION_MS) };
}

let installed = false;

/**
 * Patches moq-net's `Track.Producer.prototype` and `Group.Producer.prototype`. Every track then limits its
 * retention in time and bytes, and cancels groups that readers no longer need. The patch is necessary because
 * moq-net applies the retention that the publisher sent and has no hook to change it. Idempotent.
 *
 * The newest group of a track is kept until the track ends. A catalog is a single group that often ends
 * immediately. Without this exception, a reader that joins after the retention time would wait for the next
 * catalog, which may never come.
 */
export function installRetentionLimit(): void {
  if (installed) return;
  installed = true;
  const { accept, writeGroup } = Track.Producer.prototype;
  Track.Producer.prototype.accept = function (this: Track.Producer, info) {
    accept.call(this, clampRetention(info ?? {}));
    trackRecentGroups(this);
    return this;
  };
  Track.Producer.prototype.writeGroup = function (this: Track.Producer, group: Group.Producer): void {
    // The newest group must be marked first, because moq-net's own method may drop an old group immediately.
    const newest = newestGroups.get(this);
    if (!newest || newest.sequence < group.sequence || newest.closed.peek() instanceof Error) {
      newestGroups.set(this, group);
      retainedGroups.addNewest(this, group);
      keepNewestGroup(this, group);
    }
    limitRecentGroups(this, () => writeGroup.call(this, group));
    cancelOnceUnread(this, group);
  };
  const { writeFrame } = Group.Producer.prototype;
  Group.Producer.prototype.writeFrame = function (this: Group.Producer, frame: Group.Frame): void {
    writeFrame.call(this, frame);
    retainedGroups.addFrame(this, frame.payload.byteLength);
  };
  const { close } = Group.Producer.prototype;
  Group.Producer.prototype.close = function (this: Group.Producer, abort?: Error): void {
    // Reading `stack` makes V8 format it. Until then, the error, which the track keeps, also keeps the
    // objects of all calls on the stack in memory, including the buffer of the group's reader.
    void abort?.stack;
    close.call(this, abort);
  };
}

const retainedGroups = new RetainedGroups(MAX_RETENTION_MS);

/** The newest received group of each track. */
const newestGroups = new WeakMap<Track.Producer, Group.Producer>();

/**
 * Keeps `group` as long as it is the newest group of its track. moq-net drops an old group if its `closed`
 * property reports that it ended without an error, so this property reports the newest group as open. Readers
 * have their own handles and do see the end.
 */
function keepNewestGroup(track: Track.Producer, group: Group.Producer): void {
  const { closed } = group;
  const openWhileNewest = withMembers(closed, {
    peek: () => {
      const end = closed.peek();
      return end === null && newestGroups.get(track) === group ? undefined : end;
    },
  });
  Object.defineProperty(group, 'closed', { get: () => openWhileNewest });
}
