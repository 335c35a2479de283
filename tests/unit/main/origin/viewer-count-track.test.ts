import { Broadcast, Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { ForwardedBroadcast } from '../../../../main/origin/forwarded-broadcast.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { viewerCountTrack, viewersOfTrack } from '../../../../main/origin/viewer-count-track.ts';

describe('the track that reports a number of viewers', () => {
  it('contains the number, up to a limit', () => {
    expect(viewersOfTrack(viewerCountTrack(5))).toBe(5);
    expect(viewersOfTrack(viewerCountTrack(1_000_000))).toBe(9_999);
    for (const name of [
      'video',
      'catalog.json',
      'catalog.viewers.',
      'catalog.viewers.0',
      'catalog.viewers.12345',
    ]) {
      expect(viewersOfTrack(name)).toBeNull();
    }
  });

  it('counts for its reader until the last report is withdrawn, and is never passed to the publisher', async () => {
    const origin = new Origin();
    const producer = new Broadcast.Producer();
    const requested: string[] = [];
    void (async () => {
      for (;;) {
        const request = await producer.requested();
        if (!request) return;
        requested.push(request.name);
      }
    })();
    const publication = origin.publish(Path.from('film'), producer.consume(), { by: {}, hasTrackInfo: true });
    const relay = {};
    const forwarded = new ForwardedBroadcast(publication, relay);
    expect(publication.viewersBehind(relay)).toBe(1);
    const first = forwarded.subscribe(viewerCountTrack(5));
    const second = forwarded.subscribe(viewerCountTrack(4));
    first.close();
    await Promise.resolve();
    expect(publication.viewersBehind(relay)).toBe(4);
    // The report itself is not a viewer.
    expect(publication.readers.get()).toBe(0);
    forwarded.close();
    await Promise.resolve(second.closed);
    await Promise.resolve();
    expect(publication.viewersBehind(relay, 0)).toBe(0);
    expect(requested).toEqual([]);
  });
});
