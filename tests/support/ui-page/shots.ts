/**
 * `node tests/support/ui-page/shots.ts DIR [--size=NAME,…] [--scheme=light,dark] [SCENARIO…]`: takes
 * screenshots of the window's screens, by default of all scenarios in all sizes and schemes. A scenario is a
 * name or a prefix such as `call*`. Uses the Chromium at `CHROMIUM_PATH`, or Debian's.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchChromium } from '../browser.ts';
import { open } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { serveUiPage } from './serve.ts';

const sizes = {
  window: { viewport: { width: 1280, height: 800 } },
  narrow: { viewport: { width: 400, height: 780 } },
  large: { viewport: { width: 2560, height: 1440 } },
  /** The default window at a zoom of 200 %. */
  zoom: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
};
const schemes = ['light', 'dark'] as const;

const { values, positionals } = parseArgs({
  options: { size: { type: 'string' }, scheme: { type: 'string' } },
  allowPositionals: true,
});
const [dir = 'test-results/shots', ...names] = positionals;
const selectedSizes = Object.entries(sizes).filter(([name]) => selects(values.size, name));
const selectedSchemes = schemes.filter((scheme) => selects(values.scheme, scheme));
if (selectedSizes.length === 0 || selectedSchemes.length === 0) {
  throw new Error(`Sizes are ${Object.keys(sizes).join(', ')}; schemes are ${schemes.join(', ')}.`);
}

function selects(option: string | undefined, name: string): boolean {
  return option === undefined || option.split(',').includes(name);
}

function isWanted(scenario: string): boolean {
  return (
    names.length === 0 ||
    names.some((name) => (name.endsWith('*') ? scenario.startsWith(name.slice(0, -1)) : scenario === name))
  );
}

mkdirSync(dir, { recursive: true });
const ui = await serveUiPage();
const browser = await launchChromium({ devices: false });
try {
  for (const scenario of scenarios.filter(({ name }) => isWanted(name))) {
    for (const [size, options] of selectedSizes) {
      for (const colorScheme of selectedSchemes) {
        const page = await browser.newPage({ ...options, colorScheme, reducedMotion: 'reduce' });
        await open(page, ui.url, scenario);
        await page.waitForTimeout(250);
        await page.screenshot({ path: join(dir, `${scenario.name}-${size}-${colorScheme}.png`) });
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  await ui.close();
}
