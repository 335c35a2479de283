import { describe, it } from 'vitest';
import { expectAccessible, expectContrastInDark, expectNoSidewaysScroll } from '../accessibility.ts';
import { open, type Scenario } from './scenario.ts';
import { useUi } from './ui-fixture.ts';

/** Defines tests that check the accessibility of each screen, and whether it fits narrow windows. */
export function testAccessibility(scenarios: readonly Scenario[]): void {
  const ui = useUi();

  describe('every screen', () => {
    for (const scenario of scenarios) {
      it(`${scenario.name}: passes axe in light and dark themes and fits narrow windows`, async () => {
        const { page } = ui;
        await page.emulateMedia({ colorScheme: 'light' });
        await open(page, ui.url, scenario);
        await expectAccessible(page, ['landmark-banner-is-top-level']);
        await expectContrastInDark(page);
        for (const width of [480, 360]) {
          await page.setViewportSize({ width, height: 800 });
          await expectNoSidewaysScroll(page);
        }
      });
    }
  });
}
