/**
 * Whether a path on a relay equals a prefix or is under one, compared part by part. `''` covers all paths.
 */
export function isBelow(prefixes: readonly string[], path: string): boolean {
  return prefixes.some((prefix) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`));
}

/**
 * Returns the relay path at which to publish a broadcast: its name if `prefixes` allow it, otherwise a path
 * under the first prefix. Returns null if there are no prefixes, because then publishing is not allowed.
 */
export function relayPathFor(name: string, prefixes: readonly string[]): string | null {
  const [first] = prefixes;
  if (first === undefined) return null;
  return isBelow(prefixes, name) ? name : `${first}/${name}`;
}

/**
 * Returns a message that informs a publisher that its broadcast can be watched only with a token, and how to
 * change that.
 */
export function tokenRequiredText(path: string): { title: string; body: string } {
  return {
    title: 'Only people with a token can watch',
    body:
      `This relay shows “${path}” only to people with a token that allows reading it. Ask the relay’s operator for a ` +
      `link that contains such a token, or to let everyone watch: relay --public-read ${parentOf(path)}`,
  };
}

/**
 * Returns the option value that makes the parent of a path public, or the path itself if it has no parent. The value
 * is quoted for a shell.
 */
function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  const parent = slash < 0 ? path : path.slice(0, slash);
  return /^[\w./-]+$/.test(parent) ? parent : `'${parent.replaceAll("'", `'\\''`)}'`;
}
