import { type Readable, Store } from '../../../common/base/store.ts';
import type { OwnWindowApi } from '../../../common/bridge/preload-api.ts';

/** A picture of 16:9 under the row of buttons. */
const SMALL = { width: 360, height: 250 };
export const MIN_OPACITY = 0.3;

/** The small window of a call, on top of the others: the same window, for a while. */
export class Compact {
  readonly #window: OwnWindowApi | null;
  readonly #active = new Store(false);
  readonly #opacity = new Store(1);
  #before: readonly number[] | null = null;

  constructor(ownWindow: OwnWindowApi | null) {
    this.#window = ownWindow;
  }

  get supported(): boolean {
    return this.#window !== null;
  }

  get active(): Readable<boolean> {
    return this.#active;
  }

  get opacity(): Readable<number> {
    return this.#opacity;
  }

  /** Keeps the upper right corner, where small windows are looked for. */
  enter(): void {
    const own = this.#window;
    if (!own || this.#active.get()) return;
    this.#before = own.bounds();
    const [x = 0, y = 0, width = SMALL.width] = this.#before;
    own.keepOnTop(true);
    own.setBounds(x + width - SMALL.width, y, SMALL.width, SMALL.height);
    this.#active.set(true);
  }

  /** The window as it was before. Idempotent. */
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

  setOpacity(opacity: number): void {
    const bounded = Math.min(1, Math.max(MIN_OPACITY, opacity));
    this.#window?.setOpacity(bounded);
    this.#opacity.set(bounded);
  }
}
