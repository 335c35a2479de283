import type { Page } from 'playwright-core';
import { type AppInfo, type AppState, settingsSchema } from '../../../common/bridge/bridge.ts';
import type {} from './page.tsx';

/** How the state at page load differs from a fresh installation. */
export interface Start {
  info?: Partial<AppInfo>;
  state?: Partial<AppState>;
  /** Whether the page runs in an Electron window. */
  electron?: boolean;
}

/** A screen in one particular state. */
export interface Scenario {
  name: string;
  start?: Start;
  /** Brings the page into this state. */
  reach(page: Page): Promise<void>;
}

/** The default settings with changes. */
export function settings(patch: Partial<AppState['settings']>): AppState['settings'] {
  return { ...settingsSchema.parse({ broadcastName: 'hello' }), ...patch };
}

/** Opens the harness page at `url` and brings it into the scenario's state. */
export async function open(page: Page, url: string, scenario: Scenario): Promise<void> {
  await page.addInitScript((start) => {
    window.harnessStart = start;
  }, scenario.start ?? {});
  await page.goto(url);
  await page.waitForFunction(() => 'harness' in window);
  await scenario.reach(page);
}

/** A scenario that waits for the Home screen, or for the element with the test id `first`. */
export function at(start: Start = {}, first = 'go-live'): Scenario {
  return { name: 'start', start, reach: async (page) => void (await page.getByTestId(first).waitFor()) };
}
