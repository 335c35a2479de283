import { existsSync } from 'node:fs';
import puppeteer, { type KeyInput } from 'puppeteer-core';
import { hasAudioDevice, openAudioDevice } from './audio-device.ts';
import type { EngineBrowser, EnginePage } from './engine.ts';

/** The Firefox that tests launch; undefined if it or its sound card is missing. */
export function firefoxPath(): string | undefined {
  if (!hasAudioDevice()) return undefined;
  return [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
    (path) => path !== undefined && existsSync(path),
  );
}

/** Launches a real Firefox over WebDriver BiDi, with a fake camera and a fake microphone that pages may use. */
export async function launchFirefox(): Promise<EngineBrowser> {
  const audio = await openAudioDevice();
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: firefoxPath() ?? 'firefox',
    headless: true,
    env: { ...process.env, ...audio.env },
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
    },
  });
  return {
    name: `Firefox ${await browser.version()}`,
    newPage: async () => {
      const page = await browser.newPage();
      const enginePage: EnginePage = {
        goto: async (url) => void (await page.goto(url)),
        evaluate: async (run, ...args) => (await page.evaluate(run as never, ...args)) as never,
        evaluateInFrame: async (run, ...args) => {
          const frame = page.frames().find((each) => each.parentFrame() !== null);
          if (!frame) throw new Error('the page has no frame');
          return (await frame.evaluate(run as never, ...args)) as never;
        },
        click: (testId) => page.click(`[data-testid="${testId}"]`),
        press: (key) => page.keyboard.press(key as KeyInput),
        close: () => page.close(),
      };
      return enginePage;
    },
    close: async () => {
      await browser.close();
      await audio.program.stop();
    },
  };
}
