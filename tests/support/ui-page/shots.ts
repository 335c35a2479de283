/**
 * Takes a screenshot of every screen of the window: `node tests/support/ui-page/shots.ts DIR [NAME…]`. Uses Chromium
 * from `CHROMIUM_PATH`, or Debian's.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium } from '../browser.ts';
import { open } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { serveUiPage } from './serve.ts';

const [dir = 'test-results/shots', ...names] = process.argv.slice(2);
const sizes = [
  { width: 1280, height: 800 },
  { width: 480, height: 800 },
];
mkdirSync(dir, { recursive: true });
const ui = await serveUiPage();
const browser = await launchChromium({ devices: false });
try {
  for (const scenario of scenarios) {
    if (names.length > 0 && !names.includes(scenario.name)) continue;
    for (const viewport of sizes) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
        await open(page, ui.url, scenario);
        await page.waitForTimeout(250);
        await page.screenshot({ path: join(dir, `${scenario.name}-${viewport.width}-${colorScheme}.png`) });
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  await ui.close();
}
