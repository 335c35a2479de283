import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatTicket } from '../../common/ticket/ticket.ts';
import { startAppProcess } from '../support/app-process.ts';
import { launchChromium, readFrameNumber, watchErrors, watchFor } from '../support/browser.ts';
import { cleanUpAfterAll, startPublisher, type TestPublisher } from '../support/e2e.ts';
import { closeAfterEach } from '../support/own.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { serveMoqWatch, serveStatic } from '../support/static-site.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { expectPlaying } from '../support/watch-page.ts';

/** Tests a relay's pages in Chromium. The relay and the apps are separate processes. */

/** A valid endpoint id that no endpoint has. */
const UNUSED_ID = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';

let browser: Browser;
let relay: RelayProcess;
let publisher: TestPublisher;

beforeAll(async () => {
  browser = await launchChromium();
  relay = await startRelayProcess();
  publisher = await startPublisher(browser);
}, 180_000);

const own = closeAfterEach();

cleanUpAfterAll(() => browser);

/** Opens a page, without WebTransport support if `webTransport` is false. */
async function newPage(
  options: { webTransport?: boolean; viewport?: { width: number; height: number } } = {},
): Promise<{ page: Page; errors: string[] }> {
  const page = own(await browser.newPage(options.viewport ? { viewport: options.viewport } : {}));
  if (options.webTransport === false) {
    await page.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'WebTransport');
    });
  }
  return { page, errors: watchErrors(page) };
}

function watchUrl(name: string, path = '/'): string {
  const url = new URL(path, relay.url);
  url.searchParams.set('name', name);
  return url.href;
}

describe('the viewer', () => {
  it('plays a ticket over WebTransport, and shows both segments of the route', async (context) => {
    if (!relay.webTransport) context.skip('the WebTransport addon does not load here');
    const { page, errors } = await newPage();
    await page.goto(watchUrl(publisher.ticket));
    await expectPlaying(page);
    await page.locator('[data-testid="hop-relay"][data-transport="webtransport"]').waitFor();
    await page.locator('[data-testid="hop-publisher"][data-kind="direct"]').waitFor();
    expect(errors).toEqual([]);
  }, 60_000);

  it('plays a ticket over WebSocket without WebTransport', async () => {
    const { page, errors } = await newPage({ webTransport: false });
    await page.goto(watchUrl(publisher.ticket));
    await expectPlaying(page);
    await page.locator('[data-testid="hop-relay"][data-transport="websocket"]').waitFor();
    expect(errors).toEqual([]);
  }, 60_000);

  it('opens a ticket from the landing page, and returns to it', async () => {
    const { page, errors } = await newPage();
    await page.goto(relay.url);
    await page.getByTestId('watch-button').click();
    await page.getByText('Paste a ticket or a link first').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe(
      'ticket-input',
    );
    await page.getByTestId('ticket-input').fill('iroh-live:nonsense');
    await page.getByTestId('watch-button').click();
    await page.getByText('not a complete ticket').waitFor();
    await page.getByTestId('ticket-input').fill(publisher.ticket);
    await page.getByTestId('watch-button').click();
    await expectPlaying(page);
    expect(new URL(page.url()).searchParams.get('name')).toBe(publisher.ticket);
    await page.keyboard.press('m');
    await page.locator('[data-testid="mute"][aria-pressed="true"]').waitFor();
    await page.goBack();
    await page.getByTestId('ticket-input').waitFor();
    expect(errors).toEqual([]);
  }, 60_000);

  it('plays no sound before a click, even in a browser that would allow it', async () => {
    const { page, errors } = await newPage();
    await page.goto(watchUrl(publisher.ticket));
    // Evaluating code in a page acts as a user gesture, so wait until the player has opened before reading
    // the page.
    await sleep(6_000);
    await expectPlaying(page);
    await page.getByTestId('sound-blocked').waitFor();
    expect((await watchFor(page, 1_000)).loudest).toBe(0);
    await page.getByTestId('sound-blocked').click();
    await waitFor('sound', async () => (await watchFor(page, 500)).loudest > 0.001, 20_000);
    expect(errors).toEqual([]);
  }, 60_000);

  it('shows whether a publisher is offline or only not live', async () => {
    const { page } = await newPage();
    const state = page.getByTestId('watch-state');
    const [address] = publisher.ticket.split('/');
    // The app is online but has no broadcast with this name.
    await page.goto(watchUrl(`${address}/nobody`));
    await page.locator('[data-testid="watch-state"][data-state="waiting"]').waitFor({ timeout: 20_000 });
    const unreachable = {
      endpointId: UNUSED_ID,
      relayUrls: [],
      ipAddrs: ['127.0.0.1:1'],
      broadcastName: 'x',
    };
    await page.goto(watchUrl(formatTicket(unreachable)));
    await page.locator('[data-testid="watch-state"][data-state="failed"]').waitFor({ timeout: 30_000 });
    expect(await state.textContent()).toContain('offline');
  }, 60_000);
});

describe('the embedded viewer', () => {
  it('plays inside another site’s frame', async () => {
    const site = await serveStatic({
      '/': {
        type: 'text/html',
        body: `<!doctype html><iframe allow="autoplay; fullscreen" style="width:640px;height:360px"
          src="${watchUrl(publisher.ticket, '/embed')}&amp;muted=1"></iframe>`,
      },
    });
    const { page, errors } = await newPage();
    await page.goto(site.url);
    const frame = page.frameLocator('iframe');
    await frame
      .locator('[data-testid="watch-state"][data-state="live"]')
      .waitFor({ state: 'attached', timeout: 30_000 });
    const inner = page.frames().find((entry) => entry.url().includes('/embed'));
    if (!inner) throw new Error('no frame');
    const first = await waitFor(
      'a frame number',
      async () => (await readFrameNumber(inner)) ?? undefined,
      10_000,
    );
    await waitFor('the video to move', async () => ((await readFrameNumber(inner)) ?? 0) > first + 5, 10_000);
    expect(errors).toEqual([]);
    await site.close();
  }, 60_000);

  it('is the only page that other sites may embed', async () => {
    const policies = await Promise.all(
      ['/', '/publish', '/embed'].map(async (path) => {
        const { headers } = await fetch(new URL(path, relay.url));
        return /frame-ancestors ([^;]+)/.exec(headers.get('content-security-policy') ?? '')?.[1];
      }),
    );
    expect(policies).toEqual(["'none'", "'none'", '*']);
  });
});

describe('the publish page', () => {
  it('opens no camera or microphone before a click, even in a browser that has allowed them', async () => {
    const { page, errors } = await newPage();
    let captures = 0;
    await page.exposeFunction('reportCapture', () => {
      captures += 1;
    });
    await page.addInitScript(() => {
      const { mediaDevices } = navigator;
      if (!mediaDevices) return;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = (constraints) => {
        (window as unknown as { reportCapture(): void }).reportCapture();
        return open(constraints);
      };
    });
    await page.goto(new URL('/publish', relay.url).href);
    // Evaluating code in a page acts as a user gesture, so wait until the page has opened before reading it.
    await sleep(3_000);
    expect(captures).toBe(0);
    await page.getByTestId('open-preview').click();
    await page.locator('.preview video').and(page.locator(':visible')).waitFor();
    expect(captures).toBeGreaterThan(0);
    expect(errors).toEqual([]);
  }, 60_000);

  it('serves a browser through its link and an app through its ticket', async () => {
    const { page, errors } = await newPage();
    await page.goto(new URL('/publish', relay.url).href);
    await page.getByTestId('source-test').click();
    const name = await page.getByTestId('live-name').inputValue();
    expect(name).toMatch(/^[a-z]+-[a-z]+-\d\d$/);
    await page.getByTestId('start-live').click();
    const ticket = await page.getByTestId('publish-ticket').textContent({ timeout: 20_000 });
    const link = await page.getByTestId('publish-link').textContent();
    expect(ticket).toMatch(new RegExp(`^iroh-live:.*/${name}$`));
    expect(new URL(link ?? '').searchParams.get('name')).toBe(name);

    const viewer = await newPage();
    await viewer.page.goto(link ?? '');
    await expectPlaying(viewer.page);

    const app = await startAppProcess({ args: [ticket ?? ''] });
    const window = await newPage();
    await window.page.goto(app.ready.url);
    await window.page.getByTestId('confirm-ticket').click();
    await expectPlaying(window.page);
    // Both viewers notice that the broadcast has ended.
    await page.getByTestId('stop-live').click();
    await page.getByTestId('confirm').click();
    await viewer.page.locator('[data-testid="watch-state"][data-state="ended"]').waitFor();
    await window.page.locator('[data-testid="watch-state"][data-state="ended"]').waitFor();
    await app.program.stop();
    expect([...errors, ...viewer.errors, ...window.errors]).toEqual([]);
  }, 120_000);

  it.each(['camera', 'screen'])(
    'sends the video of a %s',
    async (source) => {
      const { page, errors } = await newPage();
      await page.goto(new URL('/publish', relay.url).href);
      await page.getByTestId(`source-${source}`).click();
      await page.getByTestId('start-live').click();
      const link = await page.getByTestId('publish-link').textContent({ timeout: 20_000 });
      const viewer = await newPage({ webTransport: false });
      await viewer.page.goto(link ?? '');
      await viewer.page
        .locator('[data-testid="watch-state"][data-state="live"]')
        .waitFor({ state: 'attached', timeout: 30_000 });
      const shot = () => viewer.page.getByTestId('watch-canvas').screenshot();
      const first = await shot();
      await waitFor('the video to move', async () => !(await shot()).equals(first), 10_000);
      expect([...errors, ...viewer.errors]).toEqual([]);
    },
    60_000,
  );
});

describe('the published moq-watch element', () => {
  for (const webTransport of [true, false]) {
    it(`plays a ticket over ${webTransport ? 'WebTransport' : 'WebSocket'}`, async (context) => {
      if (webTransport && !relay.webTransport) context.skip('the WebTransport addon does not load here');
      const site = await serveMoqWatch(relay.url, publisher.ticket);
      const { page, errors } = await newPage({ webTransport });
      const lines: string[] = [];
      page.on('console', (message) => lines.push(message.text()));
      await page.goto(site.url);
      const frames = new Set<number>();
      await waitFor(
        'moving video',
        async () => {
          const frame = await readFrameNumber(page);
          if (frame !== null) frames.add(frame);
          return frames.size > 10;
        },
        40_000,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${lines.join('\n')}`);
      });
      const transport = webTransport ? 'WebTransport' : 'WebSocket';
      expect(lines.join('\n')).toContain(`connected via ${transport}`);
      expect(errors).toEqual([]);
      await site.close();
    }, 60_000);
  }
});
