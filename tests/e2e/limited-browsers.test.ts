import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, watchErrors, watchFor } from '../support/browser.ts';
import { cleanUpAfterAll, startPublisher } from '../support/e2e.ts';
import { closeAfterEach } from '../support/own.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { sleep, waitFor } from '../support/wait.ts';
import { expectPlaying } from '../support/watch-page.ts';

/**
 * Tests a relay's pages in browsers that lack a feature. A script removes the feature from Chromium before
 * the page's own scripts run.
 */

let browser: Browser;
let relay: RelayProcess;
let url: string;

beforeAll(async () => {
  browser = await launchChromium({ autoplay: false });
  relay = await startRelayProcess();
  const watch = new URL(relay.url);
  watch.searchParams.set('name', (await startPublisher(browser)).ticket);
  url = watch.href;
}, 180_000);
const own = closeAfterEach();
cleanUpAfterAll(() => browser);

async function open(
  address: string,
  init: () => void,
  touch = false,
): Promise<{ page: Page; errors: string[] }> {
  const context = own(
    await browser.newContext({
      hasTouch: touch,
      ...(touch ? { viewport: { width: 390, height: 780 } } : {}),
    }),
  );
  await context.addInitScript(init);
  const page = await context.newPage();
  const errors = watchErrors(page);
  await page.goto(address);
  return { page, errors };
}

async function expectSound(page: Page): Promise<void> {
  await waitFor('sound', async () => (await watchFor(page, 500)).loudest > 0.001, 30_000);
}

describe('a browser', () => {
  it('without MediaStreamTrackProcessor goes live with a camera and a microphone', async () => {
    const { page, errors } = await open(new URL('/publish', relay.url).href, () => {
      Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');
    });
    await page.getByTestId('source-camera').click();
    await page.getByTestId('start-live').click();
    const link = await page.getByTestId('publish-link').textContent({ timeout: 30_000 });
    const viewer = await open(link ?? '', () => undefined);
    await viewer.page
      .locator('[data-testid="watch-state"][data-state="live"]')
      .waitFor({ state: 'attached', timeout: 30_000 });
    const shot = () => viewer.page.getByTestId('watch-canvas').screenshot();
    const first = await shot();
    await waitFor('moving video', async () => !(await shot()).equals(first), 20_000);
    const blocked = viewer.page.getByTestId('sound-blocked');
    if (await blocked.isVisible()) await blocked.click();
    await expectSound(viewer.page);
    await page.getByTestId('stop-live').click();
    await page.getByTestId('confirm').click();
    await waitFor(
      'the devices to close',
      () => page.evaluate(() => document.querySelectorAll('video').length === 0),
      10_000,
    );
    expect([...errors, ...viewer.errors]).toEqual([]);
  });

  it('that refuses avc3 plays', async () => {
    const { page, errors } = await open(url, () => {
      const { isConfigSupported } = VideoDecoder;
      VideoDecoder.isConfigSupported = async (config) =>
        config.codec.startsWith('avc3')
          ? { supported: false, config }
          : isConfigSupported.call(VideoDecoder, config);
      const { configure } = VideoDecoder.prototype;
      VideoDecoder.prototype.configure = function (config) {
        if (config.codec.startsWith('avc3')) throw new DOMException('avc3', 'NotSupportedError');
        configure.call(this, config);
      };
    });
    await expectPlaying(page);
    expect(errors).toEqual([]);
  });

  it('without VideoDecoder says what to do', async () => {
    const { page, errors } = await open(url, () => Reflect.deleteProperty(globalThis, 'VideoDecoder'));
    await page.getByText('You can’t watch in this browser').waitFor();
    await page.getByText('does not support WebCodecs').waitFor();
    expect(errors).toEqual([]);
  });

  it('without AudioDecoder plays the video, and says that there is no sound', async () => {
    const { page, errors } = await open(url, () => Reflect.deleteProperty(globalThis, 'AudioDecoder'));
    await expectPlaying(page);
    await page.getByText(/sound/i).first().waitFor();
    expect(errors).toEqual([]);
  });

  it('without AudioEncoder says before going live that viewers hear nothing', async () => {
    const { page, errors } = await open(new URL('/publish', relay.url).href, () => {
      Reflect.deleteProperty(globalThis, 'AudioEncoder');
    });
    await page.getByText('this browser cannot encode sound').waitFor();
    await page.getByTestId('source-test').click();
    await page.getByTestId('start-live').click();
    const link = await page.getByTestId('publish-link').textContent({ timeout: 30_000 });
    const viewer = await open(link ?? '', () => undefined);
    await expectPlaying(viewer.page);
    expect([...errors, ...viewer.errors]).toEqual([]);
  });

  it('with a touch screen and audio contexts fixed at 44.1 kHz plays sound after one tap', async () => {
    const { page, errors } = await open(
      url,
      () => {
        const Context = AudioContext;
        globalThis.AudioContext = class extends Context {
          constructor(options?: AudioContextOptions) {
            super({ ...options, sampleRate: 44_100 });
          }
        };
      },
      true,
    );
    // Evaluating code in a page acts as a user gesture, so wait until the player has opened before reading the page.
    await sleep(6_000);
    await expectPlaying(page);
    await page.getByTestId('sound-blocked').tap();
    await expectSound(page);
    expect(errors).toEqual([]);
  });
});
