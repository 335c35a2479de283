import { Track } from 'moq-net';
import { giveUpUnread } from '../../common/give-up.ts';

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
 * Makes every track of the process keep to it, and let go of groups that nobody reads any more. The library accepts what the wire says where nobody can step in, so
 * its one public method for that is wrapped, once.
 */
export function boundRetention(): void {
  const { accept } = Track.Producer.prototype;
  if (installed.has(accept)) return;
  const bound = function (this: Track.Producer, info?: Partial<Track.Info>): Track.Producer {
    return accept.call(this, bounded(info ?? {}));
  };
  installed.add(bound);
  giveUpUnread(Track.Producer.prototype);
  Track.Producer.prototype.accept = bound as typeof accept;
}

const installed = new WeakSet<object>();
