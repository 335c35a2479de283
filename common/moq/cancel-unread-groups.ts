/**
 * Cancels the streams of groups that nobody reads any more. When a reader skips a group because a newer one has
 * arrived, @moq/net (0.2.8 and 0.3.4) closes only the reader's handle and goes on receiving the group for its cache.
 * On a slow connection those bytes delay the group that is read instead. So a group whose readers have all left is
 * closed with an error, which sends STOP_SENDING to the publisher. The newest group of a track is kept for readers
 * that join later.
 */

/** The part of the library's `Group.Producer` that is used here. */
interface Group {
  readonly sequence: number;
  readonly used: { peek(): boolean };
  unused(): Promise<void>;
  close(abort?: Error): void;
}

/** The part of the library's `Track.Producer` that is used here. */
interface Track<G extends Group> {
  writeGroup(group: G): void;
}

/** Highest group sequence of each track. */
const newestSequences = new WeakMap<object, number>();
const patchedPrototypes = new WeakSet<object>();

/** Closes `group` once it has no reader and `track` has a newer group. Call it right after the group was written. */
export function cancelOnceUnread(track: object, group: Group): void {
  newestSequences.set(track, Math.max(newestSequences.get(track) ?? -1, group.sequence));
  if (!group.used.peek()) return;
  void group.unused().then(() => {
    const superseded = (newestSequences.get(track) ?? -1) > group.sequence;
    if (superseded) group.close(new Error('the group has no reader and a newer group exists'));
  });
}

/**
 * Applies `cancelOnceUnread` to every track of one copy of the library. Idempotent.
 *
 * @param prototype That copy's `Track.Producer.prototype`; its `writeGroup` is wrapped.
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
