import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/**
 * Expects the page to have no serious or critical axe violations, and no violation at all of the rules in
 * `strict`.
 */
export async function expectAccessible(page: Page, strict: readonly string[] = []): Promise<void> {
  await expectNoViolations(new AxeBuilder({ page }), strict);
}

/**
 * Switches the page to dark colors and expects sufficient contrast. All other axe rules are independent of
 * colors.
 */
export async function expectContrastInDark(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  // The window applies the theme in an effect. The colors might change in a transition, and one transition
  // might trigger another.
  await page.waitForFunction(
    () =>
      document.documentElement.dataset.theme !== 'light' &&
      document.getAnimations().every((animation) => !(animation instanceof CSSTransition)),
  );
  await expectNoViolations(new AxeBuilder({ page }).withRules(['color-contrast']), []);
}

/** Expects the page to be no wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { overflowPx, widthPx } = await page.evaluate(() => ({
    overflowPx: document.documentElement.scrollWidth - innerWidth,
    widthPx: innerWidth,
  }));
  expect(overflowPx, `the page scrolls sideways at a width of ${widthPx} px`).toBeLessThanOrEqual(0);
}

async function expectNoViolations(axe: AxeBuilder, strict: readonly string[]): Promise<void> {
  const { violations } = await axe.analyze();
  const serious = violations.filter(
    ({ id, impact }) => impact === 'serious' || impact === 'critical' || strict.includes(id),
  );
  expect(
    serious.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`,
    ),
  ).toEqual([]);
}
