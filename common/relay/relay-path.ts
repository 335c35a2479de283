/** Whether a path on a relay is at or below one of the prefixes, compared by whole parts. `''` covers all paths. */
export function isBelow(prefixes: readonly string[], path: string): boolean {
  return prefixes.some((prefix) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`));
}

/**
 * The path on a relay at which to publish a broadcast: its name if `prefixes` allow it, otherwise below the first prefix.
 * Null if there are no prefixes, so that nothing may be published.
 */
export function relayPathFor(name: string, prefixes: readonly string[]): string | null {
  const [first] = prefixes;
  if (first === undefined) return null;
  return isBelow(prefixes, name) ? name : `${first}/${name}`;
}

/** Tells the publisher of a broadcast that it can only be watched with a token, and how to change that. */
export function tokenRequiredText(path: string): { title: string; body: string } {
  return {
    title: 'Only people with a token can watch',
    body:
      `This relay shows “${path}” only to people with a token for reading it. Ask the relay’s operator for a link with ` +
      `such a token, or to let everybody watch: relay --public-read ${parentOf(path)}`,
  };
}

/** The option value that makes the parent of a path public, or the path itself if it has none; quoted for a shell. */
function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  const parent = slash < 0 ? path : path.slice(0, slash);
  return /^[\w./-]+$/.test(parent) ? parent : `'${parent.replaceAll("'", `'\\''`)}'`;
}
