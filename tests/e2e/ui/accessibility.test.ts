import type { Page } from 'playwright-core';
import { beforeEach, describe, it } from 'vitest';
import {
  expectAccessible,
  expectContrastInDark,
  expectNoSidewaysScroll,
} from '../../support/accessibility.ts';
import { open } from '../../support/ui-page/scenario.ts';
import { scenarios } from '../../support/ui-page/scenarios/index.ts';
import { useUi } from '../../support/ui-page/ui-fixture.ts';

const ui = useUi();
let page: Page;
beforeEach(() => {
  page = ui.page;
});

describe('every screen', () => {
  for (const scenario of scenarios) {
    it(`${scenario.name}: passes axe in light and dark themes and fits narrow windows`, async () => {
      page = await ui.restart({ colorScheme: 'light' });
      await open(page, ui.url, scenario);
      await expectAccessible(page, ['landmark-banner-is-top-level']);
      await expectContrastInDark(page);
      for (const width of [480, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await expectNoSidewaysScroll(page);
      }
    }, 30_000);
  }
});
