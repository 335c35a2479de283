import type { Screen } from '../features/shared/context.ts';

/**
 * Key in session storage. Each window has its own, so only the same window can read the value after a reload.
 */
const KEY = 'iroh-live.screen';

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
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    if (typeof stored !== 'object' || stored === null || !('name' in stored)) return null;
    if (stored.name === 'golive' || stored.name === 'call') return { name: stored.name };
    if (stored.name === 'watch' && 'ticket' in stored && typeof stored.ticket === 'string') {
      return { name: 'watch', ticket: stored.ticket };
    }
    return null;
  } catch {
    // The storage is disabled or damaged.
    return null;
  }
}
