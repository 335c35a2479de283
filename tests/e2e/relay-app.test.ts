import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { embedCode } from '../../renderer/features/ticket/embed-code.ts';
import { removeDataDirs, startAppProcess } from '../support/app-process.ts';
import { launchChromium, readFrameNumber, watchErrors } from '../support/browser.ts';
import { stopPrograms } from '../support/processes.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { freePort, waitFor } from '../support/wait.ts';

/** Tests the app's use of relays: links for browsers, and pushing a broadcast. */
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterEach(stopPrograms);
afterAll(async () => {
  await browser?.close();
  removeDataDirs();
});

/** Opens a viewer page and waits until it plays. */
async function openViewer(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await expectPlaying(page);
  return page;
}

async function expectPlaying(page: Page): Promise<void> {
  const frames = new Set<number>();
  const state = page.getByTestId('watch-state');
  await waitFor(
    'moving video',
    async () => {
      const frame = await readFrameNumber(page);
      if (frame !== null) frames.add(frame);
      return frames.size > 5;
    },
    40_000,
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${await state.textContent()}`);
  });
}

/** Starts an app that broadcasts the test pattern. Returns its window. */
async function goLive(): Promise<{ page: Page; errors: string[] }> {
  const app = await startAppProcess({ args: ['--autostart', 'test'] });
  const page = await browser.newPage();
  const errors = watchErrors(page);
  await page.goto(app.ready.url);
  await page.getByTestId('ticket').waitFor({ timeout: 60_000 });
  return { page, errors };
}

async function changeSettings(page: Page, fill: (page: Page) => Promise<void>): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByText('Advanced').click();
  await fill(page);
  await page.getByRole('button', { name: 'Close' }).click();
}

describe('a relay for links', () => {
  it('is checked before use, and the link that the app then shows can be played', async () => {
    const relay = await startRelayProcess();
    const { page, errors } = await goLive();
    expect(await page.getByTestId('share-link').count()).toBe(0);

    const nobody = `http://127.0.0.1:${await freePort()}`;
    await changeSettings(page, async () => {
      await page.getByTestId('share-relay').fill(nobody);
      await page.getByTestId('share-relay').press('Enter');
      await page.getByText('This address is not responding').waitFor();
    });
    expect(await page.getByTestId('share-link').count()).toBe(0);

    // The field is saved even if the dialog closes without Enter.
    await changeSettings(page, () => page.getByTestId('share-relay').fill(relay.url));
    const link = (await page.getByTestId('share-link').textContent({ timeout: 10_000 })) ?? '';
    const ticket = await page.getByTestId('ticket').textContent();
    expect(new URL(link).origin).toBe(new URL(relay.url).origin);
    expect(new URL(link).searchParams.get('name')).toBe(ticket);
    await page.getByTestId('link-qr').waitFor();
    expect(await page.getByTestId('embed-code').textContent()).toBe(embedCode(link));
    await page.getByText('Show the broadcast in a web page').click();
    await page.getByTestId('copy-embed-code').click();
    await page.getByTestId('copy-embed-code').getByText('Copied').waitFor();

    const viewer = await openViewer(link);
    await viewer.close();
    expect(errors).toEqual([]);
    await page.close();
  }, 120_000);
});

describe('pushing to a relay', () => {
  it('sends one copy, to which the share link points, and resumes after the relay restarts', async () => {
    const [httpBind, irohBind] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    let relay: RelayProcess = await startRelayProcess({ httpBind, irohBind });
    const { dataDir, endpointId } = relay;
    const { page, errors } = await goLive();
    await changeSettings(page, async () => {
      await page.getByTestId('share-relay').fill(relay.url);
      await page.getByTestId('push-to').fill(relay.url);
    });
    await page.getByTestId('push-switch').check();
    const state = (name: string) => page.locator(`[data-testid="push-state"][data-state="${name}"]`);
    await state('live').waitFor({ timeout: 20_000 });
    const name = new URL((await page.getByTestId('share-link').textContent()) ?? '').searchParams.get('name');
    expect(name).not.toContain('iroh-live:');

    const viewer = await openViewer((await page.getByTestId('share-link').textContent()) ?? '');
    // The relay reports its viewer, but does not pull the broadcast in addition to receiving the push.
    await page.locator('[data-testid="viewers"][data-count="1"]').waitFor();
    expect(relay.events.filter(({ event }) => event === 'pull')).toEqual([]);

    await relay.program.stop('SIGKILL');
    await state('failed').waitFor({ timeout: 20_000 });
    await viewer.locator('[data-testid="watch-state"]:not([data-state="live"])').waitFor({ timeout: 20_000 });
    relay = await startRelayProcess({ httpBind, irohBind, dataDir });
    expect(relay.endpointId).toBe(endpointId);
    await state('live').waitFor({ timeout: 30_000 });
    await viewer.locator('[data-testid="watch-state"][data-state="live"]').waitFor({
      state: 'attached',
      timeout: 30_000,
    });
    await expectPlaying(viewer);

    await page.getByTestId('push-switch').uncheck();
    await viewer.locator('[data-testid="watch-state"][data-state="ended"]').waitFor({ timeout: 10_000 });
    await viewer.close();
    expect(errors).toEqual([]);
    await page.close();
  }, 180_000);

  it('shows that the relay rejected an invalid token', async () => {
    const relay = await startRelayProcess({ options: ['--dev', '--allow-private-addresses'] });
    const { page } = await goLive();
    // This relay accepts pushes without a token, so only an invalid token makes it refuse the push.
    await changeSettings(page, async () => {
      await page.getByTestId('push-to').fill(`${relay.url}?jwt=nonsense`);
    });
    await page.getByTestId('push-switch').check();
    await page.locator('[data-testid="push-state"][data-state="failed"]').waitFor({ timeout: 20_000 });
    await page.getByText('The relay refused').waitFor();
    await page.close();
  }, 60_000);
});
