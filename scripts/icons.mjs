// Renders assets/icons/icon.svg to the PNG from which electron-builder creates all other formats. Run it
// after changing the drawing: `CHROMIUM_PATH=… node scripts/icons.mjs`.
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { inProject } from './lib/project.mjs';

/** The largest icon size, in pixels. macOS needs it. */
const SIZE_PX = 1024;

const svg = await readFile(inProject('assets/icons/icon.svg'), 'utf8');
const browser = await chromium.launch({
  ...(process.env.CHROMIUM_PATH ? { executablePath: process.env.CHROMIUM_PATH } : {}),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage({ viewport: { width: SIZE_PX, height: SIZE_PX } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw }</style>${svg}`);
  await writeFile(inProject('assets/icons/icon.png'), await page.screenshot({ omitBackground: true }));
} finally {
  await browser.close();
}
