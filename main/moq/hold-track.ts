import type { Group, Track } from 'moq-net';

/**
 * Receives a track's groups until it ends or the subscriber is closed, and keeps only the newest one, for readers
 * that join later. Without this, the groups would accumulate in the subscriber. Rejects if the track ends with
 * an error.
 *
 * @param onGroup called for each group, before the next one is received
 */
export async function holdNewestGroup(
  subscriber: Track.Subscriber,
  onGroup: (group: Group.Consumer) => Promise<void> = async () => undefined,
): Promise<void> {
  let newest: Group.Consumer | undefined;
  try {
    for (;;) {
      const group = await subscriber.recvGroup();
      if (!group) return;
      newest?.close();
      newest = group;
      await onGroup(group);
    }
  } finally {
    newest?.close();
  }
}
