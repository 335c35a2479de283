import type { Path } from 'moq-net';

/** Maximum number of aliases per session. A page with a wall of video tiles needs a few dozen. */
const MAX_ALIASES = 256;

interface Alias {
  target: Path.Valid;
  /** Number of open requests for the alias. */
  uses: number;
}

/**
 * Maps paths that a session sees only because it requested them to Origin paths. An alias remains after its
 * last request, so that a returning reader finds it again. When the limit is reached, the oldest unused alias
 * is removed.
 */
export class Aliases {
  readonly #onChange: () => void;
  readonly #aliases = new Map<Path.Valid, Alias>();
  /** The aliases of each target. */
  readonly #byTarget = new Map<Path.Valid, Set<Path.Valid>>();

  /** @param onChange called when an alias has been added or removed */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** All aliases, as session paths. */
  get paths(): Iterable<Path.Valid> {
    return this.#aliases.keys();
  }

  /** Returns the Origin path of an alias, or undefined if there is no alias at `sessionPath`. */
  get(sessionPath: Path.Valid): Path.Valid | undefined {
    return this.#aliases.get(sessionPath)?.target;
  }

  /** Returns the session paths that map to an Origin path. */
  pathsOf(target: Path.Valid): Path.Valid[] {
    return [...(this.#byTarget.get(target) ?? [])];
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
      alias = { target, uses: 0 };
      this.#aliases.set(sessionPath, alias);
      const paths = this.#byTarget.get(target) ?? new Set();
      this.#byTarget.set(target, paths.add(sessionPath));
      this.#onChange();
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

  /** Removes the oldest unused alias if the limit is reached. Returns false if all aliases are in use. */
  #makeRoom(): boolean {
    if (this.#aliases.size < MAX_ALIASES) return true;
    for (const [sessionPath, { target, uses }] of this.#aliases) {
      if (uses > 0) continue;
      this.#aliases.delete(sessionPath);
      const paths = this.#byTarget.get(target);
      paths?.delete(sessionPath);
      if (paths?.size === 0) this.#byTarget.delete(target);
      this.#onChange();
      return true;
    }
    return false;
  }
}
