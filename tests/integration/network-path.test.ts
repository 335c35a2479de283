import { Path } from 'moq-net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ConnectionState } from '../../common/bridge/bridge.ts';
import { connectionStateSchema } from '../../common/bridge/bridge.ts';
import {
  connectionFactsOf,
  connectionForPath,
} from '../../renderer/media/watch/adaptation/connection-facts.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { readMedia, startCall, stopMedia } from '../support/calls.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { waitFor } from '../support/wait.ts';

afterEach(async () => {
  stopMedia();
  await closeApps();
});

async function connections(app: RunningApp): Promise<ConnectionState[]> {
  return (await app.core.handlers['app.state'](null, AbortSignal.timeout(5_000))).connections;
}

describe('the network path between two apps', () => {
  test('is reported on both sides with its purpose and measurements', async () => {
    const anna = await startApp();
    const bert = await startApp();
    (await windowOf(anna)).publish(Path.from('live/hello'), new NumberedBroadcast({ bytes: 2_000 }).producer);
    const { ticket } = await waitFor('the live event', () => {
      const event = anna.events.find((candidate) => candidate.event === 'live');
      return event?.event === 'live' ? event : undefined;
    });
    const window = await windowOf(bert);
    const announcements = window.announced(Path.from(ticket));
    await waitFor('the announcement', async () => (await announcements.next())?.active === true);
    const track = window.consume(Path.from(ticket)).subscribe('video');
    await readNumbers(track, 20);
    // 100 numbers of 2 kB per second amount to 1.6 Mbit/s, but the first sampled second might include time
    // before the first number.
    const busyConnection = async (app: RunningApp, direction: 'upMbps' | 'downMbps') =>
      waitFor('a busy connection', async () =>
        (await connections(app)).find(({ stats }) => (stats?.[direction] ?? 0) > 0.5),
      );

    const pull = await busyConnection(bert, 'downMbps');
    expect(connectionStateSchema.parse(pull)).toMatchObject({
      peer: anna.core.endpointId,
      use: 'pull',
      subject: ticket,
      stats: { kind: 'direct', lossPercent: 0 },
    });
    expect(pull.paths.filter(({ selected }) => selected)).toMatchObject([{ kind: 'direct' }]);
    expect(pull.signals?.availableBps).toBeGreaterThan(0);

    // The estimate is the congestion window divided by the round-trip time, which is about 1 ms on loopback.
    // Any value above 1 Mbit/s is therefore plausible.
    const first = await waitFor('the sender’s estimate', async () => {
      const found = (await connections(bert)).find(({ use }) => use === 'pull')?.downlink;
      return found?.senderEstimateBps && found.goodputBps > 500_000 ? found : undefined;
    });
    expect(first.senderEstimateBps).toBeGreaterThan(1_000_000);
    expect(first.senderEstimateBps).toBeLessThan(100_000_000_000);
    expect(first.goodputBps).toBeLessThan(10_000_000);
    const second = await waitFor('the next sample', async () => {
      const found = (await connections(bert)).find(({ use }) => use === 'pull')?.downlink;
      return found && found.atMs > first.atMs ? found : undefined;
    });
    expect(second.atMs - first.atMs).toBeGreaterThan(100);
    const { broadcasts } = await anna.state();
    expect(broadcasts[0]?.renditions).toEqual([{ name: 'video', viewers: 1 }]);
    const change = { from: 'video/h264-720p', to: null, reason: 'not in view' };
    const answer = bert.core.handlers['watch.rendition'](
      { path: ticket, ...change },
      AbortSignal.timeout(5_000),
    );
    expect(await answer).toBeNull();
    expect(bert.events.at(-1)).toEqual({ event: 'rendition', peer: anna.core.endpointId, ...change });

    const viewer = await busyConnection(anna, 'upMbps');
    expect(viewer.downlink).toBeNull();
    expect(connectionStateSchema.parse(viewer)).toMatchObject({
      peer: bert.core.endpointId,
      use: 'viewer',
      subject: 'hello',
    });
    const paths = bert.events.filter(({ event }) => event === 'path');
    expect(paths.length).toBeGreaterThan(0);
    for (const event of paths) expect(event).toMatchObject({ peer: anna.core.endpointId, kind: 'direct' });
    expect(paths.at(-1)).toMatchObject({ address: pull.paths.find(({ selected }) => selected)?.address });

    await anna.core.close();
    await waitFor('the connection to be removed', async () => (await connections(bert)).length === 0, 10_000);
  });

  test('provides a downlink estimate and rendition events on both sides of a call', async () => {
    const [anna, bert] = await Promise.all([startApp(), startApp()]);
    const { a, b, out, id } = await startCall(anna, bert);
    await Promise.all([readMedia(a, out), readMedia(b, id)]);
    for (const [app, callId] of [
      [anna, out],
      [bert, id],
    ] as const) {
      const path = `calls/${callId}/in`;
      const facts = await waitFor('a downlink estimate', async () => {
        const found = connectionFactsOf(connectionForPath(await connections(app), path));
        return found?.senderEstimateBps && found.goodputBps > 0 ? found : undefined;
      });
      expect(facts).toMatchObject({ kind: 'direct' });
      expect(facts.senderEstimateBps).toBeGreaterThan(1_000_000);
      const change = { from: null, to: 'video/h264-360p', reason: 'start' };
      await app.core.handlers['watch.rendition']({ path, ...change }, AbortSignal.timeout(5_000));
      const peer = (app === anna ? bert : anna).core.endpointId;
      expect(app.events.findLast(({ event }) => event === 'rendition')).toEqual({
        event: 'rendition',
        peer,
        ...change,
      });
    }
    for (const path of ['nonsense', 'calls/gone/in', `live/hello`]) {
      const change = { path, from: null, to: null, reason: '' };
      const before = anna.events.length;
      expect(await anna.core.handlers['watch.rendition'](change, AbortSignal.timeout(5_000))).toBeNull();
      expect(anna.events.slice(before).filter(({ event }) => event === 'rendition')).toEqual([]);
    }
  });
});
