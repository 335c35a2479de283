import { existsSync } from 'node:fs';
import puppeteer, { type KeyInput } from 'puppeteer-core';
import { sleep } from '../wait.ts';
import { hasAudioDevice, openAudioDevice } from './audio-device.ts';
import type { EngineBrowser, EnginePage } from './engine.ts';

/** The Firefox that tests launch; undefined if it or its sound card is missing. */
export function firefoxPath(): string | undefined {
  if (!hasAudioDevice()) return undefined;
  return [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find(
    (path) => path !== undefined && existsSync(path),
  );
}

/** Maximum duration of an evaluation in a frame, in milliseconds. */
const FRAME_MS = 10_000;

/** Launches a real Firefox over WebDriver BiDi. Pages may use its fake camera and fake microphone. */
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
          const frame = page
            .frames()
            .find((each) => each.parentFrame() !== null && each.url().startsWith('http'));
          if (!frame) throw new Error('the page has no frame');
          // An evaluation in a frame that is navigating never returns.
          return (await Promise.race([frame.evaluate(run as never, ...args), late(FRAME_MS)])) as never;
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

async function late(ms: number): Promise<never> {
  await sleep(ms);
  throw new Error(`no answer from the frame within ${ms} ms`);
}
