import { type Group, Track } from 'moq-net';
import { giveUpOnceUnread } from '../../common/moq/give-up.ts';

/**
 * How long a finished group is kept for late readers, at most, in milliseconds. A publisher names its own time for
 * each track, and moq-net keeps groups that long in this process: 30 s from the moq tools, and any number from a
 * hostile one. Live readers want the newest group; five seconds (moq-net's own default) covers one that hiccups.
 */
export const MAX_RETENTION_MS = 5_000;

/** A track's properties with the retention that this process grants. */
export function bounded(info: Partial<Track.Info>): Track.Info {
  const full = Track.infoDefaults(info);
  return { ...full, latencyMax: Math.min(full.latencyMax, MAX_RETENTION_MS) };
}

/**
 * Makes every track of the process keep to it, and let go of groups that nobody reads any more. The library accepts
 * what the wire says where nobody can step in, so its public methods for that are wrapped, once.
 *
 * The newest group of a track is kept for as long as the track lasts: a catalog is one group that is often ended at
 * once, and who joins later than the retention would wait for a change of it that never comes.
 */
export function boundRetention(): void {
  if (installed.has(Track.Producer.prototype.accept)) return;
  const { accept, writeGroup } = Track.Producer.prototype;
  const bound = function (this: Track.Producer, info?: Partial<Track.Info>): Track.Producer {
    return accept.call(this, bounded(info ?? {}));
  };
  installed.add(bound);
  Track.Producer.prototype.accept = bound as typeof accept;
  Track.Producer.prototype.writeGroup = function (this: Track.Producer, group: Group.Producer): void {
    // Before the library looks at it, which may drop it at once.
    const before = newest.get(this);
    if (!before || before.sequence < group.sequence || before.closed.peek() instanceof Error) {
      newest.set(this, group);
      keepWhileNewest(this, group);
    }
    writeGroup.call(this, group);
    giveUpOnceUnread(this, group);
  };
}

/** Of each track that came over the wire. */
const newest = new WeakMap<Track.Producer, Group.Producer>();

/**
 * The library drops what was ended in order and is too old. It asks the group, so the newest one says that it goes on;
 * its readers, who have handles of their own, do see the end.
 */
function keepWhileNewest(track: Track.Producer, group: Group.Producer): void {
  const { closed } = group;
  const shown = new Proxy(closed, {
    get(target, key) {
      if (key === 'peek') {
        return () => {
          const end = target.peek();
          return end === null && newest.get(track) === group ? undefined : end;
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  Object.defineProperty(group, 'closed', { get: () => shown });
}

const installed = new WeakSet<object>();
