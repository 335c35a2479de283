import * as z from 'zod/mini';
import type { Screen } from '../features/shared/context.ts';

/**
 * Key in session storage. Each window has its own, so only the same window can read the value after a reload.
 */
const KEY = 'iroh-live.screen';

const screenSchema = z.discriminatedUnion('name', [
  z.object({ name: z.enum(['home', 'golive', 'call']) }),
  z.object({ name: z.literal('watch'), ticket: z.string() }),
]);

/**
 * Stores the screen for a window reload.
 * @throws DOMException if storage is disabled or full
 */
export function saveScreen(screen: Screen): void {
  sessionStorage.setItem(KEY, JSON.stringify(screen));
}

/** The screen that was open before the last reload; null if none is stored or storage is disabled. */
export function loadScreen(): Screen | null {
  try {
    return parseScreen(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'));
  } catch {
    // The storage is disabled or damaged.
    return null;
  }
}

/** Returns a stored value as a screen; null if it is not one. */
export function parseScreen(stored: unknown): Screen | null {
  return z.safeParse(screenSchema, stored).data ?? null;
}
