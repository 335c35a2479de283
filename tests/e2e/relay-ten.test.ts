import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AppProcess } from '../support/app-process.ts';
import { launchChromium, readFrameNumber, watchErrors } from '../support/browser.ts';
import { cleanUpAfterAll, startPublisher } from '../support/e2e.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

/** The video is small, because a single machine decodes it for all ten viewers. */
let browser: Browser;
let relay: RelayProcess;
let metrics: string;
let app: AppProcess;
/** The app's window. */
let window: Page;
let ticket: string;
beforeAll(async () => {
  browser = await launchChromium();
  metrics = `127.0.0.1:${await freePort()}`;
  relay = await startRelayProcess({
    options: ['--dev', '--allow-private-addresses', '--metrics-bind', metrics],
  });
  ({ app, window, ticket } = await startPublisher(browser, {
    args: ['--stats', '--max-resolution', '180p'],
  }));
}, 180_000);
cleanUpAfterAll(() => browser);

describe('ten browsers watching one ticket', () => {
  it('need one connection to the publisher and one copy of each track', async () => {
    const viewers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const context = await browser.newContext({ viewport: { width: 240, height: 135 } });
        const page = await context.newPage();
        const errors = watchErrors(page);
        const url = new URL('/embed', relay.url);
        url.searchParams.set('name', ticket);
        await page.goto(url.href);
        return { page, errors };
      }),
    );
    const expectMoving = async ({ page }: { page: Page }) => {
      const first = await waitFor('a frame', async () => (await readFrameNumber(page)) ?? undefined, 20_000);
      await waitFor('the next frame', async () => ((await readFrameNumber(page)) ?? first) !== first, 5_000);
    };
    await Promise.all(viewers.map(expectMoving));
    expect(relay.events.findLast(({ event }) => event === 'pull')).toMatchObject({
      state: 'live',
      readers: 10,
    });

    // The publisher has one session, which subscribes to each track once.
    const sent = window.getByTestId('sent').locator('li');
    const readers = await sent.locator('.facts-readers').allTextContents();
    expect(readers.length).toBeGreaterThanOrEqual(2);
    expect(new Set(readers)).toEqual(new Set(['1 viewer']));
    // The relay sends about ten times as many bytes as it receives.
    const readMetrics = async () => {
      const text = await (await fetch(`http://${metrics}/metrics`)).text();
      const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
      return {
        upstreams: value('iroh_live_relay_upstreams'),
        sentBytes: value('iroh_live_relay_bytes_total\\{direction="sent",remote="client"\\}'),
      };
    };
    const before = await readMetrics();
    const from = app.events.length;
    await sleep(3_000);
    const after = await readMetrics();
    const stats = app.events.slice(from).flatMap((event) => (event.event === 'stats' ? [event] : []));
    expect(after.upstreams).toBe(1);
    expect(new Set(stats.map(({ peer }) => peer))).toEqual(new Set([relay.endpointId]));
    const uploadMbps = stats.reduce((sum, { upMbps }) => sum + upMbps, 0) / stats.length;
    const sentMbps = ((after.sentBytes - before.sentBytes) * 8) / 3 / 1e6;
    expect(sentMbps / uploadMbps).toBeGreaterThan(6);
    expect(sentMbps / uploadMbps).toBeLessThan(14);
    expect(viewers.flatMap(({ errors }) => errors)).toEqual([]);
  }, 40_000);
});
