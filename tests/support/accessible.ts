import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** Axe finds nothing serious on the page, nor what `strict` names. */
export async function expectAccessible(page: Page, strict: readonly string[] = []): Promise<void> {
  await expectNothing(new AxeBuilder({ page }), strict);
}

/** The same page in dark colours can be read as well; what else axe looks at has no colour. */
export async function expectReadableInDark(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  // Colours may take a moment to change, one within the other.
  await page.waitForFunction(() =>
    document.getAnimations().every((animation) => !(animation instanceof CSSTransition)),
  );
  await expectNothing(new AxeBuilder({ page }).withRules(['color-contrast']), []);
}

/** Nothing is cut off at its side. */
export async function expectWhole(page: Page): Promise<void> {
  const { overflowPx, widthPx } = await page.evaluate(() => ({
    overflowPx: document.documentElement.scrollWidth - innerWidth,
    widthPx: innerWidth,
  }));
  expect(overflowPx, `scrolls sideways at ${widthPx}`).toBeLessThanOrEqual(0);
}

async function expectNothing(axe: AxeBuilder, strict: readonly string[]): Promise<void> {
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
