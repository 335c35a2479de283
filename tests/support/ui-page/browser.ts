import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const DEBIAN = '/usr/bin/chromium';

/** A Chromium without devices: the one named by `CHROMIUM`, Debian's, or Playwright's own. */
export function launchUiBrowser(args: readonly string[] = []): Promise<Browser> {
  const named = process.env.CHROMIUM ?? (existsSync(DEBIAN) ? DEBIAN : undefined);
  return chromium.launch({
    ...(named ? { executablePath: named } : {}),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      ...args,
    ],
  });
}
