import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeSelfSigned } from '../../main/relay/certificates/self-signed.ts';
import { runTokenCommand } from '../../main/relay/cli/token-command.ts';
import { expectAccessible, expectContrastInDark, expectNoSidewaysScroll } from '../support/accessibility.ts';
import { newDataDir } from '../support/app-process.ts';
import { launchChromium, readFrameNumber, watchErrors } from '../support/browser.ts';
import { cleanUpAfterAll, startPublisher } from '../support/e2e.ts';
import { closeAfterEach } from '../support/own.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { expectPlaying } from '../support/watch-page.ts';

/**
 * Tests watching over a relay: quality, several viewers, certificates, tokens, and the accessibility of every
 * page.
 */
const HOUR_MS = 60 * 60 * 1000;

let browser: Browser;
let relay: RelayProcess;
let ticket: string;
beforeAll(async () => {
  browser = await launchChromium();
  relay = await startRelayProcess();
  ({ ticket } = await startPublisher(browser));
}, 180_000);

const own = closeAfterEach();
cleanUpAfterAll(() => browser);

type Options = Parameters<Browser['newContext']>[0];
async function newPage(options: Options = {}, on = browser): Promise<{ page: Page; errors: string[] }> {
  const context = own(await on.newContext({ viewport: { width: 1280, height: 800 }, ...options }));
  const page = await context.newPage();
  return { page, errors: watchErrors(page) };
}

function watchUrl(name: string, path = '/', base = relay.url): string {
  const url = new URL(path, base);
  url.searchParams.set('name', name);
  return url.href;
}

const shownLines = (page: Page): Promise<number> =>
  page
    .getByTestId('watch-canvas')
    .evaluate((canvas) => (canvas instanceof HTMLCanvasElement ? canvas.height : 0));

describe('the quality', () => {
  for (const [path, transport] of [
    ['/', 'webtransport'],
    ['/embed', 'websocket'],
  ] as const) {
    it(`can be selected at ${path} over ${transport}, and is shown in the details`, async (context) => {
      if (transport === 'webtransport' && !relay.webTransport) context.skip('the addon does not load here');
      const { page, errors } = await newPage();
      if (transport === 'websocket') {
        await page.addInitScript(() => {
          Reflect.deleteProperty(globalThis, 'WebTransport');
        });
      }
      await page.goto(watchUrl(ticket, path));
      await expectPlaying(page);
      await page.locator(`[data-testid="hop-relay"][data-transport="${transport}"]`).waitFor();
      const menu = page.getByTestId('quality');
      expect(await menu.inputValue()).toBe('auto');
      for (const lines of [180, 720, 360]) {
        await menu.selectOption(`video/h264-${lines}p`);
        await waitFor(`${lines} lines`, async () => (await shownLines(page)) === lines, 15_000);
        const before = await readFrameNumber(page);
        await waitFor('the next frame', async () => (await readFrameNumber(page)) !== before, 5_000);
      }
      await page.keyboard.press('i');
      await page.getByTestId('quality-facts').getByText('360p, your choice').waitFor();
      await expect
        .poll(() => page.getByTestId('quality-estimate').textContent(), { timeout: 10_000 })
        .toMatch(/about \d/);
      expect(await page.getByTestId('quality-changes').getByRole('listitem').count()).toBeGreaterThan(2);
      // A small view does not pull a large rendition.
      await page.keyboard.press('i');
      await menu.selectOption('auto');
      await page.setViewportSize({ width: 320, height: 180 });
      await waitFor('small video', async () => (await shownLines(page)) === 180, 15_000);
      expect(errors).toEqual([]);
    }, 90_000);
  }
});

describe('several viewers', () => {
  it('in different browsers share one pull, even if they start seconds apart', async () => {
    const other = own(await launchChromium());
    const pulls = () => relay.events.filter(({ event, state }) => event === 'pull' && state === 'connecting');
    // A pull might already exist, because viewers from the previous test might still be connected. The second
    // viewer must not start another pull.
    const first = await newPage();
    await first.page.goto(watchUrl(ticket));
    await expectPlaying(first.page);
    const before = pulls().length;
    await sleep(8_000);
    const second = await newPage({}, other);
    const startedMs = performance.now();
    await second.page.goto(watchUrl(ticket));
    await waitFor('a frame', async () => (await readFrameNumber(second.page)) !== null, 20_000);
    const joinMs = performance.now() - startedMs;
    await Promise.all([expectPlaying(first.page), expectPlaying(second.page)]);
    expect(pulls().length).toBe(before);
    // A later viewer gets the cached catalog instead of waiting for the next one.
    expect(joinMs).toBeLessThan(15_000);
    await first.page.keyboard.press('i');
    const viewerCount = first.page.getByTestId('stats').getByText('Viewers on this relay');
    // If a page disappears without closing its session, the relay notices only after WebTransport's idle
    // timeout.
    await expect
      .poll(() => viewerCount.locator('..').locator('dd').textContent(), { timeout: 45_000 })
      .toBe('2');
    expect([...first.errors, ...second.errors]).toEqual([]);
  }, 120_000);
});

describe('a relay with its own certificate', () => {
  it('serves secure pages that can play', async () => {
    const folder = newDataDir();
    const { cert, key } = await makeSelfSigned(HOUR_MS);
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)]);
    const tls = await startRelayProcess({
      options: ['--tls-cert', certFile, '--tls-key', keyFile, '--allow-pull', '--allow-private-addresses'],
    });
    expect(tls.url).toMatch(/^https:/);
    const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
    const hash = createHash('sha256').update(spki).digest('base64');
    const trusting = own(await launchChromium({ args: [`--ignore-certificate-errors-spki-list=${hash}`] }));
    const { page, errors } = await newPage({}, trusting);
    await page.goto(watchUrl(ticket, '/', tls.url));
    await expectPlaying(page);
    expect(await page.evaluate(() => isSecureContext)).toBe(true);
    await page.getByTestId('hop-relay').waitFor();
    expect(errors).toEqual([]);
    await tls.program.stop();
  }, 90_000);
});

describe('a relay with tokens', () => {
  it('accepts a broadcast after the user enters a token', async () => {
    const keyFile = join(newDataDir(), 'key.jwk');
    await writeFile(keyFile, await runTokenCommand({ action: 'key', algorithm: 'ES256' }));
    const sign = (put: string[]) =>
      runTokenCommand({
        action: 'sign',
        keyFile,
        root: '',
        get: [''],
        put,
        pull: false,
        expiresInS: undefined,
      });
    const guarded = await startRelayProcess({
      options: ['--auth-key', keyFile, '--public-read', '*'],
    });
    const { page, errors } = await newPage();
    await page.goto(new URL('/publish', guarded.url).href);
    const field = page.getByTestId('publish-token');
    await field.waitFor();
    expect(await page.getByTestId('start-live').count()).toBe(0);
    // A read-only token.
    await field.fill(await sign([]));
    await field.press('Enter');
    await page.getByText('does not allow publishing on this relay').waitFor();
    await expectAccessible(page);
    await field.fill(await sign(['']));
    await field.press('Enter');
    await page.getByTestId('source-test').click();
    await page.locator('[data-testid="start-live"]:enabled').waitFor();
    expect(await field.count()).toBe(0);
    await page.getByTestId('start-live').click();
    const link = (await page.getByTestId('publish-link').textContent({ timeout: 20_000 })) ?? '';
    // The link must not contain the publishing token.
    expect(link).not.toContain('jwt');
    const viewer = await newPage();
    await viewer.page.goto(link);
    await expectPlaying(viewer.page);
    expect([...errors, ...viewer.errors]).toEqual([]);
    await guarded.program.stop();
  }, 90_000);

  it('publishes at a path that the token allows, with a link that needs a token only if the path is not public', async () => {
    const folder = newDataDir();
    const keyFile = join(folder, 'key.jwk');
    await writeFile(keyFile, await runTokenCommand({ action: 'key', algorithm: 'ES256' }));
    const sign = (get: string[], put: string[]) =>
      runTokenCommand({ action: 'sign', keyFile, root: '', get, put, pull: false, expiresInS: 600 });
    const guarded = await startRelayProcess({
      options: ['--auth-key', keyFile, '--public-read', 'studio'],
    });
    const { page, errors } = await newPage();
    const publish = new URL('/publish', guarded.url);
    publish.searchParams.set('jwt', await sign([], ['studio', 'hall']));
    await page.goto(publish.href);
    await page.getByTestId('source-test').click();
    const field = page.getByTestId('live-name');
    await field.fill('one');
    await page.getByText('You will go live as “studio/one”').waitFor();
    const closed = page.getByTestId('closed-notice');
    expect(await closed.count()).toBe(0);
    await page.locator('[data-testid="start-live"]:enabled').click();
    const link = (await page.getByTestId('publish-link').textContent({ timeout: 20_000 })) ?? '';
    expect(new URL(link).searchParams.get('name')).toBe('studio/one');
    expect(await page.getByTestId('publish-ticket').textContent()).toMatch(/\/studio\/one$/);
    const viewer = await newPage();
    await viewer.page.goto(link);
    await expectPlaying(viewer.page);
    await page.getByTestId('stop-live').click();
    await page.getByText('One person is watching right now.').waitFor();
    await page.getByRole('button', { name: 'Stay live' }).click();
    await page.getByTestId('stop-live').click();
    await page.getByTestId('confirm').click();
    await page.getByText('You are no longer live').first().waitFor();
    await viewer.page.close();

    // The token also allows this path, which is not public. The page says so both before and during the
    // broadcast.
    await page.getByRole('button', { name: 'Go live again' }).click();
    await field.fill('hall/two');
    await closed.getByText('--public-read hall').waitFor();
    await expectAccessible(page);
    await page.locator('[data-testid="start-live"]:enabled').click();
    const other = (await page.getByTestId('publish-link').textContent({ timeout: 20_000 })) ?? '';
    await closed.getByText('“hall/two” only to people with a token').waitFor();
    // Connections over iroh cannot carry a token, so no ticket is shown.
    expect(await page.getByTestId('publish-ticket').count()).toBe(0);
    const stranger = await newPage();
    await stranger.page.goto(other);
    await stranger.page.getByText('You need a token to watch this').waitFor({ timeout: 20_000 });
    // The landing page says that this relay does not accept tickets.
    await stranger.page.goto(guarded.url);
    await stranger.page.getByText('This relay does not accept tickets').waitFor();
    const friend = await newPage();
    await friend.page.goto(`${other}&jwt=${await sign(['hall'], [])}`);
    await expectPlaying(friend.page);
    expect([...errors, ...viewer.errors, ...stranger.errors, ...friend.errors]).toEqual([]);
    await guarded.program.stop();
  }, 120_000);
});

describe('every page', () => {
  const open: Record<string, (page: Page) => Promise<void>> = {
    start: async (page) => {
      await page.goto(relay.url);
      await page.getByTestId('watch-button').waitFor();
      await page.getByText('Share your own video').waitFor();
    },
    viewer: async (page) => {
      await page.goto(watchUrl(ticket));
      await live(page);
      await page.keyboard.press('i');
      await page.getByTestId('quality-facts').waitFor();
    },
    embed: async (page) => {
      await page.goto(watchUrl(ticket, '/embed'));
      await live(page);
    },
    waiting: async (page) => {
      await page.goto(watchUrl('nobody-here'));
      await page.locator('[data-testid="watch-state"][data-state="waiting"]').waitFor({ timeout: 20_000 });
    },
    publish: async (page) => {
      await page.goto(new URL('/publish', relay.url).href);
      await page.getByTestId('source-test').click();
      await page.locator('[data-testid="start-live"]:enabled').waitFor();
    },
    publishing: async (page) => {
      await page.goto(new URL('/publish', relay.url).href);
      await page.getByTestId('source-test').click();
      await page.getByTestId('start-live').click();
      await page.getByTestId('publish-ticket').waitFor({ timeout: 20_000 });
    },
  };
  for (const [name, reach] of Object.entries(open)) {
    it(`${name} has no serious accessibility problem in light and dark, and no content is cut off`, async () => {
      const { page, errors } = await newPage({ colorScheme: 'light', reducedMotion: 'reduce' });
      await reach(page);
      for (const width of [1280, 480, 360]) {
        await page.setViewportSize({ width, height: 800 });
        // Moving the pointer reveals the controls over the video.
        await page.mouse.move(20 + (width % 7), 30);
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
      }
      await page.mouse.move(40, 30);
      await expectContrastInDark(page);
      expect(errors).toEqual([]);
    }, 60_000);
  }

  async function live(page: Page): Promise<void> {
    await page
      .locator('[data-testid="watch-state"][data-state="live"]')
      .waitFor({ state: 'attached', timeout: 30_000 });
  }
});
