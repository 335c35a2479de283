import { Broadcast, Path, Time } from 'moq-net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { concatBytes } from '../../../../common/moq/bytes.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { encode, message } from '../../../support/hostile.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { attachClient } from '../../../support/sessions.ts';
import { waitFor } from '../../../support/wait.ts';

/** Tests FETCH requests over real sessions. They are written by hand, because the library's client never sends any. */
const own = closeAfterEach();
afterEach(() => vi.useRealTimers());
const HELLO = Path.from('hello');
const FETCH = 3;

async function publishTrack() {
  const origin = new Origin();
  const broadcast = new Broadcast.Producer();
  own(broadcast);
  const track = broadcast.createTrack('video', { timescale: Time.Timescale.MICRO });
  origin.publish(HELLO, broadcast.consume(), { by: {}, hasTrackInfo: true });
  const { client, session, clientTransport } = await attachClient(origin);
  own(client, session);
  return { origin, track, clientTransport };
}

async function fetchGroup(
  transport: Awaited<ReturnType<typeof publishTrack>>['clientTransport'],
  sequence: number,
) {
  const { readable, writable } = await transport.createBidirectionalStream();
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  await writer.write(concatBytes(encode(FETCH), message('hello', 'video', Uint8Array.of(0), sequence)));
  return { reader: readable.getReader(), writer };
}

/** Fetches groups that do not exist, and waits for the first subscription to the track. Returns the streams. */
async function fetchMissing(count: number) {
  const published = await publishTrack();
  const fetches = [];
  for (let i = 0; i < count; i += 1) fetches.push(await fetchGroup(published.clientTransport, 100 + i));
  await waitFor('subscribed', () => published.track.used.peek());
  return { ...published, fetches };
}

describe('a FETCH request', () => {
  it('returns the frames of its group', async () => {
    const { origin, track, clientTransport } = await publishTrack();
    const group = track.appendGroup();
    group.writeFrame({
      payload: Uint8Array.of(7, 8, 9),
      timestamp: new Time.Timestamp(0, Time.Timescale.MICRO),
    });
    group.close();
    const { reader } = await fetchGroup(clientTransport, group.sequence);
    const received: number[] = [];
    for (let next = await reader.read(); !next.done; next = await reader.read()) received.push(...next.value);
    // A timestamp, the length, and the payload.
    expect(received).toEqual([0, 3, 7, 8, 9]);
    await waitFor('unsubscribed', () => !track.used.peek());
    expect(origin.get(HELLO)?.tracksRead.length).toBeLessThanOrEqual(1);
  });

  it('keeps its subscription only while its reader waits', async () => {
    const { track, fetches } = await fetchMissing(3);
    for (const { reader, writer } of fetches) {
      await reader.cancel();
      await writer.abort();
    }
    await waitFor('unsubscribed', () => !track.used.peek());
  });

  it('ends after ten seconds without the group, and stores nothing of a group that arrives late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    const { track, fetches } = await fetchMissing(3);
    await vi.advanceTimersByTimeAsync(10_000);
    for (const { reader } of fetches) await expect(reader.read()).rejects.toThrow();
    await waitFor('unsubscribed', () => !track.used.peek());
    const late = track.appendGroup();
    late.close();
    expect(track.used.peek()).toBe(false);
  });
});
