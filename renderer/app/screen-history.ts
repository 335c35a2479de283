import { Scope } from '../../common/base/scope.ts';
import type { Screen } from '../features/shared/context.ts';
import { parseScreen } from './saved-screen.ts';

/**
 * Adds each screen to the browser's history, so that Back and Forward change the screen instead of leaving the
 * page. The page's address stays the same.
 */
export class ScreenHistory {
  readonly #scope = new Scope();

  /**
   * @param current the screen that the page shows first
   * @param show called with the screen that the user has returned to
   */
  constructor(current: Screen, show: (screen: Screen) => void) {
    history.replaceState(current, '');
    const onPopState = ({ state }: PopStateEvent): void => {
      const screen = parseScreen(state);
      if (screen) show(screen);
    };
    addEventListener('popstate', onPopState);
    this.#scope.own(() => removeEventListener('popstate', onPopState));
  }

  /** Adds the screen that the page shows from now on. */
  add(screen: Screen): void {
    history.pushState(screen, '');
  }

  close(): Promise<void> {
    return this.#scope.close();
  }
}
