import type { Path } from 'moq-net';
import type { Origin, OriginEvent } from './origin.ts';

/** Paths that one session may see beside its grants at once: a page with a wall of pictures has some dozens. */
const MAX_ALIASES = 256;

interface Alias {
  target: Path.Valid;
  /** Requests for it that are open. */
  uses: number;
  unwatch: () => void;
}

/**
 * Paths that a session sees because it asked for them: each stands for one path of the Origin. One stays when nobody
 * asks any more, so that a reader who looks again finds it, and makes room for others when there are many.
 */
export class Aliases {
  readonly #origin: Origin;
  readonly #show: (seenAs: Path.Valid, event: OriginEvent) => void;
  readonly #aliases = new Map<Path.Valid, Alias>();

  constructor(origin: Origin, show: (seenAs: Path.Valid, event: OriginEvent) => void) {
    this.#origin = origin;
    this.#show = show;
  }

  /** Where on the Origin the path is. */
  get(seenAs: Path.Valid): Path.Valid | undefined {
    return this.#aliases.get(seenAs)?.target;
  }

  /** Keeps the alias at least until `ended`. False when there are too many. */
  add(seenAs: Path.Valid, target: Path.Valid, ended: AbortSignal): boolean {
    let alias = this.#aliases.get(seenAs);
    if (alias && alias.target !== target) return false;
    if (!alias) {
      if (!this.#makeRoom()) return false;
      alias = { target, uses: 0, unwatch: () => undefined };
      this.#aliases.set(seenAs, alias);
      alias.unwatch = this.#origin.watch(target, (event) => {
        if (event.path === target) this.#show(seenAs, event);
      });
    }
    const kept = alias;
    kept.uses += 1;
    const leave = () => {
      kept.uses -= 1;
    };
    if (ended.aborted) leave();
    else ended.addEventListener('abort', leave, { once: true });
    return true;
  }

  close(): void {
    for (const { unwatch } of this.#aliases.values()) unwatch();
    this.#aliases.clear();
  }

  #makeRoom(): boolean {
    if (this.#aliases.size < MAX_ALIASES) return true;
    for (const [seenAs, { target, uses, unwatch }] of this.#aliases) {
      if (uses > 0) continue;
      unwatch();
      // Not seen any more, as if it had ended.
      this.#show(seenAs, { path: target, current: undefined });
      this.#aliases.delete(seenAs);
      return true;
    }
    return false;
  }
}
