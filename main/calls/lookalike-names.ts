import unhomoglyph from 'unhomoglyph';
import type { Contact } from '../../common/bridge/bridge.ts';
import { sanitizeName } from '../../common/words/display-name.ts';

/**
 * Finds contacts whose names look like a name that a stranger claims. Names look alike if they have the same
 * skeleton: the letters and digits that remain after each character is mapped to its prototype in Unicode's
 * table of confusable characters (Technical Standard 39).
 */
export class LookalikeNames {
  readonly #contacts: () => readonly Contact[];
  #indexed: readonly Contact[] | undefined;
  #bySkeleton: ReadonlyMap<string, string> = new Map();

  /**
   * @param contacts returns the current contacts. The skeletons are computed again only if it returns a
   * different array.
   */
  constructor(contacts: () => readonly Contact[]) {
    this.#contacts = contacts;
  }

  /** Returns the name of a contact that looks like the claimed name; null if there is none. */
  find(claimedName: string): string | null {
    const key = skeletonOf(claimedName);
    return key === '' ? null : (this.#index().get(key) ?? null);
  }

  #index(): ReadonlyMap<string, string> {
    const contacts = this.#contacts();
    if (contacts !== this.#indexed) {
      const trusted = contacts.filter(({ access }) => access !== 'blocked');
      this.#bySkeleton = new Map(trusted.map(({ name }) => [skeletonOf(name), sanitizeName(name)]));
      this.#indexed = contacts;
    }
    return this.#bySkeleton;
  }
}

/**
 * Returns the skeleton of a name. Use it only for comparison. Ignores case, spaces, punctuation, symbols and
 * accents, unless the name contains nothing else.
 */
export function skeletonOf(name: string): string {
  const shown = sanitizeName(name).normalize('NFKD');
  // The table treats uppercase and lowercase differently, so it is applied both before and after the
  // conversion to lowercase.
  const mapped = unhomoglyph(unhomoglyph(shown).normalize('NFKD').toLowerCase()).toLowerCase();
  const letters = mapped.replace(/\p{sc=Inherited}|[^\p{L}\p{N}\p{M}]/gu, '');
  // The table maps I to l, but leaves i unchanged, so i is mapped here.
  return letters.replaceAll('i', 'l') || shown;
}
