import { Path } from 'moq-net';
import type { Browser } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { launchChromium, watchErrors } from '../support/browser.ts';
import { cleanUpAfterAll } from '../support/e2e.ts';
import { closeAfterEach } from '../support/own.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { overWebSocket } from '../support/relays.ts';
import { NumberedBroadcast } from '../support/sessions.ts';

/**
 * Tests, in Chromium, what a relay's publish page says if another publisher is already using the broadcast's
 * name.
 */
const own = closeAfterEach();
let browser: Browser;
let relay: RelayProcess;
beforeAll(async () => {
  browser = await launchChromium();
  relay = await startRelayProcess();
}, 120_000);
cleanUpAfterAll(() => browser);

it('explains that the name is in use, and goes live when the name is free', async () => {
  const other = own(await overWebSocket(relay.url, '/', 'moq-lite-05', { localAddress: '127.0.0.2' }));
  const { producer } = own(new NumberedBroadcast());
  other.established.publish(Path.from('my-show'), producer);
  const page = own(await browser.newPage());
  const errors = watchErrors(page);
  await page.goto(new URL('/publish', relay.url).href);
  await page.getByTestId('source-test').click();
  await page.getByTestId('live-name').fill('my-show');
  await page.getByTestId('start-live').click();
  const text = page.getByText('Another publisher is already using the name “my-show” on this relay');
  await text.waitFor({ timeout: 30_000 });
  producer.close();
  await text.waitFor({ state: 'detached', timeout: 30_000 });
  await page.getByTestId('publish-link').waitFor();
  expect(errors).toEqual([]);
}, 120_000);
