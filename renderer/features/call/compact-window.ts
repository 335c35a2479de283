import { type Readable, Store } from '../../../common/base/store.ts';
import type { OwnWindowApi } from '../../../common/bridge/preload-api.ts';

/** Size of the small window, in CSS pixels, with room for a 16:9 video below the row of buttons. */
const SMALL = { width: 360, height: 250 };
/** The lowest opacity that a user can set, so that the window stays visible. */
export const MIN_OPACITY = 0.3;

/** Shrinks the app window and keeps it on top during a call, and restores it afterward. */
export class CompactWindow {
  readonly #window: OwnWindowApi | null;
  readonly #active = new Store(false);
  readonly #opacity = new Store(1);
  #before: readonly number[] | null = null;

  constructor(ownWindow: OwnWindowApi | null) {
    this.#window = ownWindow;
  }

  /** False in a browser, where a page cannot move its window. */
  get supported(): boolean {
    return this.#window !== null;
  }

  get active(): Readable<boolean> {
    return this.#active;
  }

  get opacity(): Readable<number> {
    return this.#opacity;
  }

  /**
   * Makes the window small. Its upper right corner stays where it is, because that is where users expect a
   * small window.
   */
  enter(): void {
    const own = this.#window;
    if (!own || this.#active.get()) return;
    this.#before = own.bounds();
    const [x = 0, y = 0, width = SMALL.width] = this.#before;
    own.keepOnTop(true);
    own.setBounds(x + width - SMALL.width, y, SMALL.width, SMALL.height);
    this.#active.set(true);
  }

  /** Restores the window's size, position and opacity. Idempotent. */
  leave(): void {
    const own = this.#window;
    if (!own || !this.#active.get()) return;
    const [x, y, width, height] = this.#before ?? [];
    this.setOpacity(1);
    if (x !== undefined && y !== undefined && width !== undefined && height !== undefined) {
      own.setBounds(x, y, width, height);
    }
    own.keepOnTop(false);
    this.#active.set(false);
  }

  /** Sets the opacity, from `MIN_OPACITY` to 1. */
  setOpacity(opacity: number): void {
    const bounded = Math.min(1, Math.max(MIN_OPACITY, opacity));
    this.#window?.setOpacity(bounded);
    this.#opacity.set(bounded);
  }
}
