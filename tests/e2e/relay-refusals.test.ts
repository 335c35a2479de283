import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate, type Key, sign } from '@moq/token';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { newDataDir } from '../support/app-process.ts';
import { launchChromium } from '../support/browser.ts';
import { cleanUpAfterAll } from '../support/e2e.ts';
import { closeAfterEach } from '../support/own.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { type Client, overWebSocket } from '../support/relays.ts';
import { sleep } from '../support/wait.ts';

/** Tests what a relay's pages show when the relay refuses them. The relay is a separate process. */

/** How long to watch for further requests, in ms: long enough for several retries by a page that retries. */
const RETRIES_MS = 6_000;
const SESSIONS_PER_CLIENT = 5;

let browser: Browser;
let relay: RelayProcess;
let key: Key;
beforeAll(async () => {
  browser = await launchChromium();
  key = await generate('ES256');
  const keyFile = join(newDataDir(), 'key.jwk');
  await writeFile(keyFile, JSON.stringify(key), { mode: 0o600 });
  relay = await startRelayProcess({
    options: [
      ...['--auth-key', keyFile, '--max-sessions-per-client', String(SESSIONS_PER_CLIENT)],
      ...['--public-read', 'open', '--allow-private-addresses'],
    ],
  });
}, 180_000);

const own = closeAfterEach();

cleanUpAfterAll(() => browser);

/** Signs a token for reading and publishing everything, valid for `seconds`. */
function token(seconds: number): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  return sign(key, { root: '', get: [''], put: [''], exp });
}

function pageUrl(path: string, params: Readonly<Record<string, string>>): string {
  const url = new URL(path, relay.url);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}

/** Opens a page. Counts the page's requests to the relay, and its attempts to open a camera or microphone. */
async function newPage(): Promise<{ page: Page; attempts: () => number; captures: () => number }> {
  const page = own(await browser.newPage());
  let attempts = 0;
  let captures = 0;
  page.on('request', (request) => {
    if (/relay\.json|pull-events/.test(request.url())) attempts += 1;
  });
  page.on('websocket', () => {
    attempts += 1;
  });
  await page.exposeFunction('reportCapture', () => {
    captures += 1;
  });
  await page.addInitScript(() => {
    const { mediaDevices } = navigator;
    if (!mediaDevices) return;
    mediaDevices.getUserMedia = () => {
      (window as unknown as { reportCapture(): void }).reportCapture();
      return Promise.reject(new DOMException('denied', 'NotAllowedError'));
    };
  });
  return { page, attempts: () => attempts, captures: () => captures };
}

/** Expects the page to send no more requests. */
async function expectNoRetry(attempts: () => number): Promise<void> {
  await sleep(500);
  const before = attempts();
  await sleep(RETRIES_MS);
  expect(attempts()).toBe(before);
}

describe('an expired token', () => {
  it.each([
    ['a path', 'open/film'],
    ['a ticket', 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/film'],
  ])(
    'is reported by the viewer of %s, which does not retry',
    async (_, name) => {
      const { page, attempts } = await newPage();
      await page.goto(pageUrl('/', { name, jwt: await token(-60) }));
      await page.getByText('This link has expired').first().waitFor();
      expect(await page.getByTestId('watch-state').getAttribute('data-state')).toBe('failed');
      await expectNoRetry(attempts);
    },
    60_000,
  );

  it('is reported by the start page and by the embedded viewer', async () => {
    const jwt = await token(-60);
    for (const url of [pageUrl('/', { jwt }), pageUrl('/embed', { jwt, name: 'open/film' })]) {
      const { page } = await newPage();
      await page.goto(url);
      await page.getByText('This link has expired').first().waitFor();
    }
  }, 60_000);

  it('is reported when it expires while somebody is waiting for a broadcast', async () => {
    const { page, attempts } = await newPage();
    await page.goto(pageUrl('/', { name: 'film', jwt: await token(5) }));
    await page.locator('[data-testid="watch-state"][data-state="waiting"]').waitFor();
    await page.getByText('This link has expired').first().waitFor({ timeout: 20_000 });
    await expectNoRetry(attempts);
  }, 60_000);

  it('makes the publish page show a field for another token instead of opening a camera', async () => {
    const { page, attempts, captures } = await newPage();
    await page.goto(pageUrl('/publish', { jwt: await token(-60) }));
    await page.getByText('This link has expired').waitFor();
    await page.mouse.click(10, 300);
    await expectNoRetry(attempts);
    expect(await page.getByTestId('start-live').count()).toBe(0);
    expect(await page.getByTestId('open-preview').count()).toBe(0);
    expect(captures()).toBe(0);
    await page.getByTestId('publish-token').fill(await token(600));
    await page.getByTestId('publish-token').press('Enter');
    // The test's browser denies camera access, so the page cannot go live with a camera.
    await page.getByTestId('source-test').click();
    await page.locator('[data-testid="start-live"]:enabled').waitFor();
  }, 60_000);
});

describe('a token that the relay does not accept', () => {
  it('is reported, and the page does not retry', async () => {
    const { page, attempts } = await newPage();
    const jwt = await sign(await generate('ES256'), { root: '', get: [''] });
    await page.goto(pageUrl('/', { name: 'open/film', jwt }));
    await page.getByText('This link is not valid on this relay').first().waitFor();
    await expectNoRetry(attempts);
  }, 60_000);
});

describe('the publish page without a token', () => {
  it('opens no camera before the relay has responded, and then asks for a token', async () => {
    const { page, captures } = await newPage();
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/relay.json*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(pageUrl('/publish', {}));
    await page.getByText('Connecting to the relay…').waitFor();
    await page.mouse.click(10, 300);
    expect(await page.getByTestId('open-preview').count()).toBe(0);
    answer();
    await page.getByTestId('publish-token').waitFor();
    expect(captures()).toBe(0);
  }, 60_000);
});

describe('a client that has reached its maximum number of sessions', () => {
  it('is told about the limit, and connects once a session is free', async () => {
    const others: Client[] = [];
    for (let index = 0; index < SESSIONS_PER_CLIENT; index += 1) {
      others.push(own(await overWebSocket(relay.url, '/open')));
    }
    const { page, attempts } = await newPage();
    await page.goto(pageUrl('/', { name: 'open/film' }));
    await page.getByText('Too many viewers on your network').first().waitFor();
    // The next attempt follows 20 s later.
    await expectNoRetry(attempts);
    for (const other of others) await other.close();
    await page.locator('[data-testid="watch-state"][data-state="waiting"]').waitFor({ timeout: 40_000 });
  }, 90_000);
});
