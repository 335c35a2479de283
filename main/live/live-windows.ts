import { Emitter } from '../../common/base/store.ts';
import { LruMap } from '../base/lru-map.ts';

/** Maximum number of broadcasts whose windows are remembered. A user has one or two. */
const MAX_BROADCASTS = 64;

/**
 * Remembers which of the app's windows is live with each broadcast. If two windows publish the same
 * broadcast, viewers see only the newer one. The older window learns this from the app's state and stops.
 */
export class LiveWindows {
  readonly events = new Emitter<{ changed: null }>();
  readonly #windows = new LruMap<string>(MAX_BROADCASTS);
  /** Claims whose broadcast has not arrived yet. A claim and its broadcast arrive on different channels. */
  readonly #pending = new LruMap<string>(MAX_BROADCASTS);
  /**
   * Broadcasts that have been published again without a pending claim. The next claim of such a broadcast takes
   * effect immediately.
   */
  readonly #replaced = new LruMap<true>(MAX_BROADCASTS);

  /**
   * Assigns a broadcast to the window that went live with it last. If another window has the broadcast, that
   * window keeps it until the new window's broadcast has arrived, so viewers see no interruption. `window` is
   * an id that the window generated.
   */
  claim(name: string, window: string): void {
    const owner = this.#windows.get(name);
    if (owner === window) this.#pending.delete(name);
    else if (owner === undefined || this.#replaced.get(name)) this.#assign(name, window);
    else this.#pending.set(name, window);
  }

  /** Must be called when a broadcast has been published again and has replaced its previous publication. */
  replace(name: string): void {
    const window = this.#pending.get(name);
    if (window === undefined) this.#replaced.set(name, true);
    else this.#assign(name, window);
  }

  /** Returns the id of the window that is live with a broadcast; null if no window has claimed it. */
  windowOf(name: string): string | null {
    return this.#windows.get(name) ?? null;
  }

  /** Forgets the window of a broadcast that has ended. */
  release(name: string): void {
    this.#windows.delete(name);
    this.#replaced.delete(name);
    const window = this.#pending.get(name);
    if (window !== undefined) this.#assign(name, window);
  }

  #assign(name: string, window: string): void {
    this.#pending.delete(name);
    this.#replaced.delete(name);
    this.#windows.set(name, window);
    this.events.emit('changed', null);
  }
}
