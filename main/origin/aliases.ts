import type { Path } from 'moq-net';
import type { Origin, OriginEvent } from './origin.ts';

/** Maximum number of aliases per session. A page with a wall of video tiles needs a few dozen. */
const MAX_ALIASES = 256;

interface Alias {
  target: Path.Valid;
  /** Number of open requests for the path. */
  uses: number;
  unwatch: () => void;
}

/**
 * Paths that a session sees only because it requested them. Each alias maps to an Origin path. An alias
 * remains after its last request has ended, so that a returning reader finds it again. The oldest unused
 * alias is removed when the limit is reached.
 */
export class Aliases {
  readonly #origin: Origin;
  readonly #onChange: (sessionPath: Path.Valid, event: OriginEvent) => void;
  readonly #aliases = new Map<Path.Valid, Alias>();

  /** @param onChange called for each change of the broadcast that an alias points to */
  constructor(origin: Origin, onChange: (sessionPath: Path.Valid, event: OriginEvent) => void) {
    this.#origin = origin;
    this.#onChange = onChange;
  }

  /** Returns the Origin path of an alias, or undefined if there is no alias at `sessionPath`. */
  get(sessionPath: Path.Valid): Path.Valid | undefined {
    return this.#aliases.get(sessionPath)?.target;
  }

  /**
   * Adds an alias and keeps it at least until `signal` is aborted. Returns false if `MAX_ALIASES` are in use,
   * or if the path already maps to another target.
   */
  add(sessionPath: Path.Valid, target: Path.Valid, signal: AbortSignal): boolean {
    let alias = this.#aliases.get(sessionPath);
    if (alias && alias.target !== target) return false;
    if (!alias) {
      if (!this.#makeRoom()) return false;
      alias = { target, uses: 0, unwatch: () => undefined };
      this.#aliases.set(sessionPath, alias);
      alias.unwatch = this.#origin.watch(target, (event) => {
        if (event.path === target) this.#onChange(sessionPath, event);
      });
    }
    const used = alias;
    used.uses += 1;
    const release = () => {
      used.uses -= 1;
    };
    if (signal.aborted) release();
    else signal.addEventListener('abort', release, { once: true });
    return true;
  }

  /** Removes all aliases without calling `onChange`. */
  close(): void {
    for (const { unwatch } of this.#aliases.values()) unwatch();
    this.#aliases.clear();
  }

  /** Removes the oldest unused alias if the limit is reached. Returns false if all aliases are in use. */
  #makeRoom(): boolean {
    if (this.#aliases.size < MAX_ALIASES) return true;
    for (const [sessionPath, { target, uses, unwatch }] of this.#aliases) {
      if (uses > 0) continue;
      unwatch();
      // Tell the session that the broadcast has ended.
      this.#onChange(sessionPath, { path: target, current: undefined });
      this.#aliases.delete(sessionPath);
      return true;
    }
    return false;
  }
}
