import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { broadcast, encoding, OTHER_TICKET, TICKET } from '../../support/ui-page/samples.ts';
import { at, open } from '../../support/ui-page/scenario.ts';
import { goLiveScenarios } from '../../support/ui-page/scenarios/go-live.ts';
import { liveScenarios } from '../../support/ui-page/scenarios/live.ts';
import { useUi } from '../../support/ui-page/ui-fixture.ts';

const ui = useUi();
let page: Page;
beforeEach(() => {
  page = ui.page;
});

describe('the layout', () => {
  const box = async (selector: string): Promise<{ width: number; top: number; bottom: number }> => {
    const { y, width, height } = (await page.locator(selector).boundingBox()) ?? {
      y: 0,
      width: 0,
      height: 0,
    };
    return { width, top: y, bottom: y + height };
  };
  const openScenario = async (name: string): Promise<void> => {
    const scenario = liveScenarios.find((entry) => entry.name === name);
    if (!scenario) throw new Error(`no scenario ${name}`);
    await open(page, ui.url, scenario);
  };

  it('shows the complete Sending card in a 1280×800 window', async () => {
    await openScenario('live');
    const medium = { codec: 'avc1.42e01e', width: 640, height: 360, framesPerSecond: 30, bps: 740_000 };
    await page.evaluate(
      (next) => window.harness.media.publisher.change({ encoding: next }),
      [...encoding, { name: 'video/h264-360p', encodeMs: 3, ...medium }],
    );
    await page.locator('[data-track="video/h264-360p"]').waitFor();
    const card = await box('.facts');
    expect(card.bottom).toBeLessThanOrEqual(800);
    expect(card.top).toBeGreaterThan((await box('.live-controls')).bottom);
    const lines = page.locator('.facts').locator('h2, dt, dd, li, [data-testid=sending-note]');
    expect(await page.getByTestId('sent').getByRole('listitem').count()).toBe(4);
    for (const line of await lines.all()) {
      const text = await line.textContent();
      const { x, y, width, height } = (await line.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      expect(y, text ?? '').toBeGreaterThanOrEqual(card.top);
      expect(y + height, text ?? '').toBeLessThanOrEqual(card.bottom);
      // Nothing covers the line or cuts it off.
      for (const at of [x + 1, x + width - 1]) {
        const point = [at, y + height / 2] as const;
        const isShown = await line.evaluate((element, [left, top]) => {
          const topmost = document.elementFromPoint(left, top);
          return topmost !== null && (element.contains(topmost) || topmost.contains(element));
        }, point);
        expect(isShown, `${text} at ${point}`).toBe(true);
      }
      expect(await line.evaluate((each) => each.scrollWidth > each.clientWidth), text ?? '').toBe(false);
    }
  });

  it('enlarges the video in a large window, without pushing the details below it out of view', async () => {
    page = await ui.restart({ viewport: { width: 2560, height: 1440 } });
    await openScenario('live');
    expect((await box('.preview')).width).toBeGreaterThan(1700);
    expect((await box('.facts')).bottom).toBeLessThanOrEqual(1440);
  });

  it('keeps the buttons visible at a zoom of 200 %', async () => {
    page = await ui.restart({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
    await open(page, ui.url, at());
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').waitFor();
    expect((await box('[data-testid=start-live]')).bottom).toBeLessThanOrEqual(400);
    await page.getByTestId('start-live').click();
    expect((await box('[data-testid=stop-live]')).bottom).toBeLessThanOrEqual(400);
  });
});

describe('going live', () => {
  const live = at({ state: { broadcasts: [broadcast] } });

  it('shows the ticket, updates it, and copies it', async () => {
    await ui.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-test').click();
    await page.getByTestId('start-live').click();
    expect(await page.getByTestId('ticket').textContent()).toBe(TICKET);
    await page.evaluate(
      (ticket) =>
        window.harness.bridge.change({
          broadcasts: [
            { name: 'hello', ticket, viewers: 1, uploadBps: 2_000_000, push: null, renditions: [] },
          ],
        }),
      OTHER_TICKET,
    );
    await page.getByText('1 watching').waitFor();
    await page.getByTestId('copy-ticket').click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(OTHER_TICKET);
    expect(await ui.focusedText()).toContain('Copied');
  });

  it('shows that it is starting while the camera permission is pending, and can be canceled', async () => {
    await open(page, ui.url, live);
    const grant = await page.evaluateHandle(() => {
      const { promise, resolve } = Promise.withResolvers<void>();
      window.harness.media.publisher.permission = promise;
      return { resolve };
    });
    await page.getByTestId('go-live').click();
    const button = page.getByTestId('start-live');
    await button.click();
    await page.getByText('Starting…').waitFor();
    expect(await button.getAttribute('aria-busy')).toBe('true');
    await page.getByTestId('cancel-start').click();
    await button.getByText('Go live').waitFor();
    expect(await button.getAttribute('aria-busy')).toBe('false');
    await grant.evaluate(({ resolve }) => resolve());
    await page.locator('video:visible').waitFor();
    expect(await page.getByTestId('stop-live').count()).toBe(0);
    await button.click();
    await page.getByTestId('stop-live').waitFor();
  });

  it('shows a placeholder for a file without video', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-file').click();
    expect(await page.getByTestId('file-input').getAttribute('accept')).toContain('audio/*');
    await page.evaluate(() => {
      window.harness.media.publisher.change({ source: 'file', video: 'none', preview: null, audio: 'on' });
    });
    await page.getByText('Audio only').waitFor();
    expect(await page.locator('video:visible').count()).toBe(0);
    await page.evaluate(() => window.harness.media.publisher.change({ phase: 'live', name: 'hello' }));
    await page.getByTestId('stop-live').waitFor();
    expect(await page.getByTestId('picture-off').isDisabled()).toBe(true);
    await page.getByText('Audio only').waitFor();
  });

  it('disables Go live while the camera is not allowed, unless the user continues with audio only', async () => {
    const scenario = goLiveScenarios.find(({ name }) => name === 'golive-denied');
    if (!scenario) throw new Error('no scenario');
    await open(page, ui.url, scenario);
    expect(await page.getByTestId('start-live').isDisabled()).toBe(true);
    await page.getByTestId('step-no-picture').click();
    expect(await page.getByTestId('start-live').isEnabled()).toBe(true);
  });

  it('does not claim on other screens to be live while the app is not running', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.getByRole('button', { name: 'Back to home' }).click();
    await page.locator('.livebar').getByText('You are live').waitFor();
    await page.evaluate(() => window.harness.bridge.connected.set(false));
    await page.locator('.livebar').getByText('Your broadcast is interrupted').waitFor();
    expect(await page.locator('.livebar').textContent()).not.toContain('You are live');
    await page.getByRole('heading', { name: 'Your broadcast is interrupted' }).waitFor();
  });

  it('does not claim on the Live screen to be live while the app is not running', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.locator('.live-badge').waitFor();
    await page.waitForFunction(() => document.title.startsWith('● Live'));
    await page.evaluate(
      (next) => window.harness.bridge.change({ broadcasts: [{ ...next, viewers: 3 }] }),
      broadcast,
    );
    await page.evaluate(() => window.harness.bridge.connected.set(false));
    await page.getByTestId('live-interrupted').waitFor();
    await page.getByRole('heading', { name: 'Your broadcast is interrupted: hello' }).waitFor();
    await page.waitForFunction(() => document.title.startsWith('Interrupted'));
    for (const gone of [page.locator('.live-badge'), page.locator('.live-time'), page.getByTestId('viewers')])
      expect(await gone.count()).toBe(0);
    await page.evaluate(() => window.harness.bridge.connected.set(true));
    await page.locator('.live-badge').waitFor();
    expect(await page.getByTestId('live-interrupted').count()).toBe(0);
    // Without the app, nobody is watching, so Stop does not ask for confirmation.
    await page.evaluate(() => window.harness.bridge.connected.set(false));
    await page.getByTestId('stop-live').click();
    await page.getByText('You are no longer live').waitFor();
  });

  it('selects the ticket if copying is denied', async () => {
    await page.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', {
        value: { writeText: () => Promise.reject(new Error('denied')) },
      });
    });
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('copy-ticket').click();
    await page.getByText('The ticket is selected').waitFor();
    expect(await page.evaluate(() => getSelection()?.toString())).toBe(TICKET);
  });

  it('asks for confirmation before stopping only if there are viewers', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('stop-live').click();
    await page.getByText('You are no longer live').waitFor();
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.evaluate(
      (next) => window.harness.bridge.change({ broadcasts: [{ ...next, viewers: 3 }] }),
      broadcast,
    );
    await page.getByText('3 watching').waitFor();
    await page.getByTestId('stop-live').click();
    await page.getByText('3 friends are watching').waitFor();
    await page.getByRole('button', { name: 'Stay live' }).click();
    await page.getByTestId('stop-live').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('ticket-input').waitFor();
    // The camera stays off.
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().preview)).toBeNull();
  });

  it('describes a camera problem and offers the next step', async () => {
    await open(page, ui.url, live);
    await page.evaluate(() => {
      window.harness.media.publisher.nextProblem = {
        device: 'camera',
        fault: 'busy',
        message: 'Close the other program and try again.',
      };
    });
    await page.getByTestId('go-live').click();
    const alert = page.getByRole('alert');
    await alert.getByText('Another app is using the camera').waitFor();
    await page.getByTestId('step-choose-other').click();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SELECT');
    await page.getByTestId('step-test-pattern').click();
    await alert.waitFor({ state: 'detached' });
    await page.locator('video:visible').waitFor();
    expect(await page.getByTestId('source-test').locator('input').isChecked()).toBe(true);
  });

  it('chooses sources with the arrow keys, and releases the devices when the user leaves', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-camera').locator('input').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByTestId('source-screen').locator('input').isChecked()).toBe(true);
    // Selecting the screen source must not open a picker.
    expect(
      await page.evaluate(() => window.harness.media.publisher.chosen.map((video) => video.kind)),
    ).toEqual(['camera']);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('video:visible').waitFor();
    await page.getByRole('button', { name: 'Back to home' }).click();
    await page.getByTestId('ticket-input').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().preview)).toBeNull();
    await page.waitForFunction(() => window.harness.bridge.state.settings.source === 'test');
  });

  it('shares a screen through the app’s own picker, and does not go live if the picker is dismissed', async () => {
    await open(page, ui.url, at({ info: { ownScreenPicker: true }, state: { broadcasts: [broadcast] } }));
    await page.evaluate(() => {
      window.harness.bridge.screens = [
        { id: 'screen:1', name: 'Whole screen', kind: 'screen', thumbnail: '' },
        { id: 'window:7', name: 'Editor', kind: 'window', thumbnail: '' },
      ];
    });
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-screen').click();
    await page.getByTestId('start-live').click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().phase)).toBe('idle');
    await page.getByTestId('start-live').click();
    await page.getByRole('radio', { name: 'Editor' }).waitFor();
    // No source is selected by default.
    expect(await page.getByTestId('share-screen').isDisabled()).toBe(true);
    expect(await page.getByRole('radio', { name: 'Whole screen', exact: true }).isChecked()).toBe(false);
    await page.getByRole('radio', { name: 'Editor' }).check();
    await page.getByTestId('share-screen').click();
    await page.getByTestId('ticket').waitFor();
    expect(await ui.requests('screens.choose')).toEqual([{ id: 'window:7' }]);
  });

  it('requires a name', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('live-name').fill('   ');
    await page.getByTestId('start-live').click();
    await page.getByText('Enter a name').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('live-name');
    await page.getByTestId('live-name').fill('  evening  ');
    await page.keyboard.press('Enter');
    await page.getByTestId('stop-live').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().name)).toBe('evening');
    await page.waitForFunction(() => window.harness.bridge.state.settings.broadcastName === 'evening');
  });

  it('resumes after a reload, but not after Stop', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-test').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('ticket').waitFor();
    await page.reload();
    await page.getByTestId('ticket').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().source)).toBe('test');
    await page.getByTestId('stop-live').click();
    await page.getByTestId('go-live').waitFor();
    await page.reload();
    await page.getByTestId('go-live').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get().phase)).toBe('idle');
  });

  it('offers to resume after a reload if a screen was shared', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-screen').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('ticket').waitFor();
    await page.reload();
    await page.getByTestId('resume-live').click();
    await page.getByTestId('ticket').waitFor();
  });

  it('resumes a file after a reload without asking, and removes its copy on Stop', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-file').click();
    await page
      .getByTestId('file-input')
      .setInputFiles({ name: 'holiday.mp4', mimeType: 'video/mp4', buffer: Buffer.from('a video') });
    await page.getByTestId('start-live').click();
    await page.getByTestId('ticket').waitFor();
    const kept = (): Promise<string[]> =>
      page.evaluate(async () => {
        const opening = indexedDB.open('iroh-live.live');
        await new Promise((resolve) => {
          opening.onsuccess = resolve;
        });
        const request = opening.result.transaction('files').objectStore('files').getAll();
        await new Promise((resolve) => {
          request.onsuccess = resolve;
        });
        opening.result.close();
        return request.result.map((file: File) => `${file.name} ${file.size}`);
      });
    await expect.poll(kept).toEqual(['holiday.mp4 7']);
    for (let reload = 0; reload < 2; reload += 1) {
      await page.reload();
      await page.getByTestId('ticket').waitFor();
      const resumed = await page.evaluate(async () => {
        const { publisher } = window.harness.media;
        const { phase, name, source } = publisher.state.get();
        return { phase, name, source, text: await publisher.chosen.at(-1)?.file?.text() };
      });
      expect(resumed).toEqual({ phase: 'live', name: 'hello', source: 'file', text: 'a video' });
    }
    expect(await kept()).toEqual(['holiday.mp4 7']);
    await page.getByTestId('stop-live').click();
    await page.getByTestId('go-live').waitFor();
    await expect.poll(kept).toEqual([]);
  });

  it('shows a new source before the viewers see it', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('switch-source').click();
    const sent = (): Promise<unknown> =>
      page.evaluate(() => window.harness.media.publisher.chosen.map(({ kind }) => kind));
    const preview = page.getByTestId('source-preview');
    const dialog = page.getByRole('dialog', { name: 'Change the source' });
    await dialog.getByText('Viewers see this now').waitFor();
    await dialog.getByTestId('source-test').click();
    await dialog.getByText('Viewers won’t see this').waitFor();
    await preview.locator('video:visible').waitFor();
    expect(await preview.getAttribute('data-state')).toBe('open');
    expect(await sent()).toEqual(['camera']);
    await page.getByTestId('cancel-source').click();
    await dialog.waitFor({ state: 'detached' });
    expect(await sent()).toEqual(['camera']);

    await page.getByTestId('switch-source').click();
    expect(await dialog.getByTestId('source-camera').locator('input').isChecked()).toBe(true);
    await dialog.getByTestId('source-screen').click();
    await preview.getByText('Choose a screen or window').waitFor();
    expect(await page.getByTestId('use-source').isDisabled()).toBe(true);
    await page.evaluate(() => {
      window.harness.media.publisher.nextProblem = { device: 'camera', fault: 'busy', message: '' };
    });
    await dialog.getByTestId('source-camera').click();
    await dialog.getByText('Another app is using the camera').waitFor();
    expect(await page.getByTestId('use-source').isDisabled()).toBe(true);
    await dialog.getByTestId('source-test').click();
    await preview.locator('video:visible').waitFor();
    await page.getByTestId('use-source').click();
    await dialog.waitFor({ state: 'detached' });
    expect(await sent()).toEqual(['camera', 'test']);
    await page.waitForFunction(() => window.harness.bridge.state.settings.source === 'test');
  });

  it('goes live with audio only if there is no camera', async () => {
    await open(page, ui.url, live);
    await page.evaluate(() => {
      window.harness.media.publisher.nextProblem = {
        device: 'camera',
        fault: 'missing',
        message: 'Plug it in.',
      };
    });
    await page.getByTestId('go-live').click();
    await page.getByTestId('step-no-picture').click();
    await page.getByText('Audio only').waitFor();
    await page.getByTestId('start-live').click();
    await page.getByTestId('ticket').waitFor();
    expect(await page.evaluate(() => window.harness.media.publisher.state.get())).toMatchObject({
      phase: 'live',
      video: 'off',
      audio: 'on',
    });
    await page.getByRole('button', { name: 'Video on' }).waitFor();
  });

  it('shows the names of contacts among the viewers, and a short id for viewers without a name', async () => {
    const scenario = liveScenarios.find(({ name }) => name === 'live-viewers');
    if (!scenario) throw new Error('no such scenario');
    await open(page, ui.url, scenario);
    expect(await page.locator('.viewer-words').allTextContents()).toEqual([
      'Maya',
      'ID cccccccccc…Not in your contacts',
      'ID dddddddddd…In your contacts',
    ]);
  });

  it('starts automatically with --autostart', async () => {
    await open(page, ui.url, {
      name: 'autostart',
      start: { info: { autostart: 'test' }, state: { broadcasts: [broadcast] } },
      reach: async (on) => void (await on.getByTestId('ticket').waitFor()),
    });
    expect(await page.evaluate(() => window.harness.media.publisher.chosen)).toEqual([{ kind: 'test' }]);
  });

  it('stays live, and says so, while the user watches', async () => {
    await open(page, ui.url, live);
    await page.getByTestId('go-live').click();
    await page.getByTestId('start-live').click();
    await page.getByRole('button', { name: 'Back to home' }).click();
    await page.getByTestId('ticket-input').fill(OTHER_TICKET);
    await page.getByTestId('watch-button').click();
    await page.getByText('You are live').waitFor();
    await page.getByTestId('stop-live').click();
    await page.getByText('You are live').waitFor({ state: 'detached' });
    await page.getByTestId('watch-state').waitFor();
  });

  it('shows each rendition being sent, and applies the limits from the settings immediately', async () => {
    await open(page, ui.url, at({ state: { broadcasts: [broadcast] } }));
    await page.getByTestId('go-live').click();
    await page.getByTestId('source-test').click();
    await page.getByTestId('start-live').click();
    await page.getByTestId('stop-live').waitFor();
    await page.evaluate((next) => window.harness.bridge.change({ broadcasts: [next] }), {
      ...broadcast,
      viewers: 2,
      uploadBps: 1_900_000,
      renditions: [
        { name: 'audio/opus', viewers: 2 },
        { name: 'video/h264-360p', viewers: 2 },
      ],
    });
    await page.evaluate(() =>
      window.harness.media.publisher.change({
        note: 'This computer is too slow to encode 720p, so viewers get at most 360p.',
        encoding: [
          {
            name: 'video/h264-360p',
            codec: 'avc1.42e01e',
            width: 640,
            height: 360,
            framesPerSecond: 29.8,
            bps: 740_000,
            encodeMs: 3,
          },
        ],
      }),
    );
    const sent = page.getByTestId('sent').getByRole('listitem');
    await expect
      .poll(() => sent.allTextContents())
      .toEqual(['360p2 viewers30 fps, H.264, 740 kbit/s', 'Sound2 viewers']);
    expect(await page.getByTestId('sending-note').textContent()).toContain('too slow to encode 720p');

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('Maximum resolution to send').selectOption('360p');
    const limit = page.getByLabel('Upload limit in Mbit/s');
    await limit.fill('0.01');
    await page.getByText('not enough for sound').waitFor();
    await limit.fill('2,5');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const limits = (): Promise<unknown> =>
      page.evaluate(() => [window.harness.media.publisher.limits, window.harness.media.callPublisher.limits]);
    // With two viewers, a call would be the third receiver.
    expect(await limits()).toMatchObject([
      { maxResolution: '360p', uploadLimitBps: 2_500_000, viewers: [{ viewers: 2 }, { viewers: 2 }] },
      { maxResolution: '360p', uploadLimitBps: 833_333, viewers: [] },
    ]);
    expect(await page.getByTestId('upload').textContent()).toBe('1.9 Mbit/s of 2.5 Mbit/s');
    await expect
      .poll(() => ui.requests('settings.change'))
      .toContainEqual(expect.objectContaining({ uploadLimitBps: 2_500_000 }));
  });
});
