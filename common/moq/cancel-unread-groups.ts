/**
 * Cancels the streams of groups that are no longer read. When a reader skips a group, @moq/net (0.2.8 and
 * 0.3.4) keeps receiving the group for its cache, which delays newer groups on a slow connection.
 *
 * Closing the group with an error once its last reader has left sends STOP_SENDING to the publisher. The
 * newest group of a track is kept for readers that join later.
 */

/** The part of @moq/net's `Group.Producer` that this file uses. */
interface Group {
  readonly sequence: number;
  readonly used: { peek(): boolean };
  unused(): Promise<void>;
  close(abort?: Error): void;
}

/** The part of @moq/net's `Track.Producer` that this file uses. */
interface Track<G extends Group> {
  writeGroup(group: G): void;
}

/** The highest group sequence number of each track so far. */
const newestSequences = new WeakMap<object, number>();
const patchedPrototypes = new WeakSet<object>();

/**
 * Closes `group` once it has no reader and `track` has a newer group. Must be called right after the group is
 * written.
 */
export function cancelOnceUnread(track: object, group: Group): void {
  newestSequences.set(track, Math.max(newestSequences.get(track) ?? -1, group.sequence));
  if (!group.used.peek()) return;
  void group.unused().then(() => {
    const superseded = (newestSequences.get(track) ?? -1) > group.sequence;
    if (superseded) group.close(new Error('the group has no reader and a newer group exists'));
  });
}

/**
 * Applies `cancelOnceUnread` to every track of one copy of @moq/net. Idempotent.
 *
 * @param prototype that copy's `Track.Producer.prototype`, whose `writeGroup` is wrapped
 */
export function cancelUnreadGroups<G extends Group>(prototype: Track<G>): void {
  if (patchedPrototypes.has(prototype)) return;
  patchedPrototypes.add(prototype);
  const { writeGroup } = prototype;
  prototype.writeGroup = function (this: Track<G>, group: G): void {
    writeGroup.call(this, group);
    cancelOnceUnread(this, group);
  };
}
