import { Group, Track } from 'moq-net';
import { cancelOnceUnread } from '../../common/moq/cancel-unread-groups.ts';
import { withMembers } from '../base/with-members.ts';
import { limitRecentGroups, trackRecentGroups } from './recent-group-limit.ts';
import { RetainedGroups } from './retained-groups.ts';

/**
 * Maximum time that an ended group is kept for late readers, in ms. A publisher chooses its own retention: 30
 * s in the moq tools, and possibly hours if it is hostile. Live readers need only the newest group, and five
 * seconds (moq-net's own default) are enough for a reader that stalls briefly.
 */
export const MAX_RETENTION_MS = 5_000;

/** Returns a track's properties with defaults filled in and the retention limited to `MAX_RETENTION_MS`. */
export function clampRetention(info: Partial<Track.Info>): Track.Info {
  const full = Track.infoDefaults(info);
  return { ...full, latencyMax: Math.min(full.latencyMax, MAX_RETENTION_MS) };
}

let installed = false;

/**
 * Patches moq-net's `Track.Producer.prototype` and `Group.Producer.prototype` to limit the retention of every
 * track in time and bytes, and to cancel groups that no reader needs. moq-net has no hook for this.
 * Idempotent.
 *
 * The newest group of a track is kept until the track ends. A catalog is often a single group that ends
 * immediately, and a reader that joins later would otherwise never receive it.
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
    // Reading `stack` makes V8 format it, which frees memory: an error with an unformatted stack keeps the
    // objects of all calls on that stack in memory, including the reader's buffer, and the track keeps the
    // error.
    void abort?.stack;
    close.call(this, abort);
  };
}

const retainedGroups = new RetainedGroups(MAX_RETENTION_MS);

/** The newest received group of each track. */
const newestGroups = new WeakMap<Track.Producer, Group.Producer>();

/**
 * Keeps `group` while it is the newest group of its track. moq-net drops old groups whose `closed` property
 * reports a normal end, so this property reports the newest group as open. Readers have their own handles and
 * do see the end.
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
