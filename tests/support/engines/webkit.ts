import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Builder, By, Capabilities, type WebDriver } from 'selenium-webdriver';
import { isInstalled, type Program, run } from '../processes.ts';
import { freePort, sleep, waitFor } from '../wait.ts';
import { hasAudioDevice, openAudioDevice } from './audio-device.ts';
import type { EngineBrowser, EnginePage } from './engine.ts';

const LIBRARIES = '/usr/lib';

/** WebKitGTK's MiniBrowser, which its WebDriver starts; undefined if one of the two programs is missing. */
export function webKitPath(): string | undefined {
  if (!isInstalled('WebKitWebDriver') || !isInstalled('xvfb-run') || !hasAudioDevice()) return undefined;
  return readdirSync(LIBRARIES)
    .map((folder) => join(LIBRARIES, folder, 'webkit2gtk-4.1', 'MiniBrowser'))
    .find((path) => existsSync(path));
}

/**
 * Launches a real WebKit over WebDriver, with one page and a fake camera and microphone. It has Safari's
 * engine, but not Apple's codecs.
 */
export async function launchWebKit(): Promise<EngineBrowser> {
  const port = await freePort();
  const audio = await openAudioDevice();
  const driver: Program = run('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], {
    // Without this address, WebKit waits for a session bus, which it cannot start.
    env: { ...audio.env, DBUS_SESSION_BUS_ADDRESS: 'disabled:', GST_DEBUG: '0' },
  });
  const server = `http://127.0.0.1:${port}`;
  await waitFor('WebKitWebDriver', () =>
    fetch(`${server}/status`).then(
      (reply) => reply.ok,
      () => false,
    ),
  );
  let current: WebDriver | undefined;
  const closeSession = async () => {
    const session = current;
    current = undefined;
    await session?.quit();
  };
  return {
    name: 'WebKitGTK',
    newPage: async () => {
      await closeSession();
      const capabilities = new Capabilities();
      capabilities.setBrowserName('MiniBrowser');
      capabilities.set('webkitgtk:browserOptions', {
        binary: webKitPath(),
        args: ['--automation', '--enable-media-stream=true', '--enable-mock-capture-devices=true'],
      });
      const session = await new Builder().usingServer(server).withCapabilities(capabilities).build();
      current = session;
      await session.manage().setTimeouts({ script: 60_000 });
      return webKitPage(session, closeSession);
    },
    close: async () => {
      await closeSession();
      await driver.stop();
      await audio.program.stop();
    },
  };
}

function webKitPage(session: WebDriver, close: () => Promise<void>): EnginePage {
  const evaluate: EnginePage['evaluate'] = async (code, ...args) => {
    const reply = await session.executeAsyncScript<{ value?: unknown; error?: string }>(
      `const args = [...arguments]; const done = args.pop();
       Promise.resolve().then(() => (${code})(...args))
         .then((value) => done({ value: value === undefined ? null : value }), (error) => done({ error: String(error) }));`,
      ...args,
    );
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.value as never;
  };
  return {
    goto: (url) => session.get(url),
    evaluate,
    evaluateInFrame: async (code, ...args) => {
      await session.switchTo().frame(await session.findElement(By.css('iframe')));
      try {
        return await evaluate(code, ...args);
      } finally {
        await session.switchTo().defaultContent();
      }
    },
    click: (testId) => session.findElement(By.css(`[data-testid="${testId}"]`)).click(),
    press: async (key) => {
      await session.actions().sendKeys(key).perform();
      await sleep(50);
    },
    close,
  };
}
