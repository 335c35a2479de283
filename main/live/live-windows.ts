import { Emitter } from '../../common/base/store.ts';
import { LruMap } from '../base/lru-map.ts';

/** Maximum number of broadcasts whose windows are remembered. A user has one or two. */
const MAX_BROADCASTS = 64;

/**
 * Remembers which of the app's windows is live with each broadcast. If two windows publish the same broadcast, viewers see
 * only the newer one. The older window learns from the app's state that another window has the broadcast, and stops.
 */
export class LiveWindows {
  readonly events = new Emitter<{ changed: null }>();
  readonly #windows = new LruMap<string>(MAX_BROADCASTS);

  /** Assigns a broadcast to the window that went live with it last. `window` is an id that the window generated. */
  claim(name: string, window: string): void {
    if (this.#windows.get(name) === window) return;
    this.#windows.set(name, window);
    this.events.emit('changed', null);
  }

  /** The id of the window that is live with a broadcast; null if no window has claimed it. */
  windowOf(name: string): string | null {
    return this.#windows.get(name) ?? null;
  }

  /** Forgets the window of a broadcast that has ended. */
  release(name: string): void {
    this.#windows.delete(name);
  }
}
