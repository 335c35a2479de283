import { Path } from 'moq-net';
import { afterEach, describe, expect, test } from 'vitest';
import type { LinkState } from '../../common/bridge.ts';
import { linkStateSchema } from '../../common/bridge.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { Numbers, readNumbers } from '../support/sessions.ts';
import { waitFor } from '../support/wait.ts';

afterEach(closeApps);

async function links(app: RunningApp): Promise<LinkState[]> {
  return (await app.core.handlers['app.state'](null, AbortSignal.timeout(5_000))).links;
}

describe('the live path between two apps', () => {
  test('both sides know the connection, what it is for, its path and its figures', async () => {
    const anna = await startApp();
    const bert = await startApp();
    (await windowOf(anna)).publish(Path.from('live/hello'), new Numbers({ bytes: 2_000 }).producer);
    const { ticket } = await waitFor('live', () => {
      const event = anna.events.find((candidate) => candidate.event === 'live');
      return event?.event === 'live' ? event : undefined;
    });
    const window = await windowOf(bert);
    const announcements = window.announced(Path.from(ticket));
    await waitFor('announced', async () => (await announcements.next())?.active === true);
    const track = window.consume(Path.from(ticket)).subscribe('video');
    await readNumbers(track, 20);
    // 100 numbers of 2 kB a second are 1.6 Mbit/s; the first second may have begun before them.
    const busy = async (app: RunningApp, way: 'upMbps' | 'downMbps') =>
      waitFor('figures', async () => (await links(app)).find(({ stats }) => (stats?.[way] ?? 0) > 0.5));

    const pull = await busy(bert, 'downMbps');
    expect(linkStateSchema.parse(pull)).toMatchObject({
      peer: anna.core.endpointId,
      use: 'pull',
      subject: ticket,
      stats: { kind: 'direct', lossPercent: 0 },
    });
    expect(pull.paths.filter(({ selected }) => selected)).toMatchObject([{ kind: 'direct' }]);
    expect(pull.signals?.availableBps).toBeGreaterThan(0);

    const viewer = await busy(anna, 'upMbps');
    expect(linkStateSchema.parse(viewer)).toMatchObject({
      peer: bert.core.endpointId,
      use: 'viewer',
      subject: 'hello',
    });
    const told = bert.events.filter(({ event }) => event === 'path');
    expect(told.length).toBeGreaterThan(0);
    for (const event of told) expect(event).toMatchObject({ peer: anna.core.endpointId, kind: 'direct' });
    expect(told.at(-1)).toMatchObject({ address: pull.paths.find(({ selected }) => selected)?.address });

    await anna.core.close();
    await waitFor('the link is gone', async () => (await links(bert)).length === 0, 10_000);
  });
});
