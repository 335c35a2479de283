/** Whether a path on a relay is at or below one of the prefixes; these end where a part of the path ends. */
export function isBelow(prefixes: readonly string[], path: string): boolean {
  return prefixes.some((prefix) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`));
}

/**
 * Where on a relay a broadcast of that name goes: at the name itself where that is allowed, else below the first prefix
 * that is. Null where nothing may be published.
 */
export function placeFor(name: string, prefixes: readonly string[]): string | null {
  const [first] = prefixes;
  if (first === undefined) return null;
  return isBelow(prefixes, name) ? name : `${first}/${name}`;
}

/** What to do about a broadcast that nobody may watch without a token, for the person who publishes it. */
export function closedWords(place: string): { title: string; body: string } {
  return {
    title: 'Only people with a token can watch',
    body:
      `This relay shows “${place}” to nobody without a token for reading it. Ask whoever runs the relay for a link ` +
      `with such a token, or to let everybody watch: relay --public-read ${prefixOf(place)}`,
  };
}

/** The option's value that opens the folder of a place, or the place itself; quoted for a shell where it must be. */
function prefixOf(place: string): string {
  const slash = place.lastIndexOf('/');
  const prefix = slash < 0 ? place : place.slice(0, slash);
  return /^[\w./-]+$/.test(prefix) ? prefix : `'${prefix.replaceAll("'", `'\\''`)}'`;
}
