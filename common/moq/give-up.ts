/**
 * A reader that gives a group up, since a newer one is there, only closes its own end of it: both copies of the MoQ
 * library go on receiving it for their cache. On a link that is too slow that is just what must not be sent. So a
 * group whose readers have all left is given up as well, if it is not the newest one: its stream is stopped, and the
 * sender hears of it. The newest stays, for those who come.
 */

/** What is needed of the library's `Group.Producer`. */
interface Group {
  readonly sequence: number;
  readonly used: { peek(): boolean };
  unused(): Promise<void>;
  close(abort?: Error): void;
}

/** What is needed of the library's `Track.Producer`. */
interface Track<G extends Group> {
  writeGroup(group: G): void;
}

const newest = new WeakMap<object, number>();
const done = new WeakSet<object>();

/** To be called for each group just after it was written: it is given up once nobody reads it and a newer one is there. */
export function giveUpOnceUnread(track: object, group: Group): void {
  newest.set(track, Math.max(newest.get(track) ?? -1, group.sequence));
  if (!group.used.peek()) return;
  void group.unused().then(() => {
    if ((newest.get(track) ?? -1) > group.sequence) group.close(new Error('nobody reads the group any more'));
  });
}

/** Makes every track of a copy of the library do so; `prototype` is its `Track.Producer.prototype`. */
export function giveUpUnread<G extends Group>(prototype: Track<G>): void {
  if (done.has(prototype)) return;
  done.add(prototype);
  const { writeGroup } = prototype;
  prototype.writeGroup = function (this: Track<G>, group: G): void {
    writeGroup.call(this, group);
    giveUpOnceUnread(this, group);
  };
}
