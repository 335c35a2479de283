/** The broadcast name in call tickets, defined by iroh-live. */
export const CALL_NAME = 'call';

/** The broadcast that the two apps in a call use to exchange their status, such as whether they are muted. */
export const CALL_STATUS_NAME = 'call-status';

/** Maximum length of a broadcast name or label that a user enters, in characters. */
export const MAX_NAME_CHARS = 200;

/**
 * Maximum number of parts in a broadcast name. A moq-lite path has at most 32 parts, and the window publishes
 * under a prefix of one part.
 */
const MAX_PARTS = 31;

/**
 * Broadcast names that are reserved for the media and status of calls. A live broadcast must not use them or
 * any path under them.
 */
export const RESERVED_NAMES: readonly string[] = [CALL_NAME, CALL_STATUS_NAME];

/** Returns why a string cannot be used unchanged as a MoQ path, or null if it can. */
export function pathFault(text: string): 'empty-part' | 'too-many-parts' | null {
  const parts = text.split('/');
  if (parts.includes('')) return 'empty-part';
  return parts.length > MAX_PARTS ? 'too-many-parts' : null;
}

/**
 * Returns null if a string can be used as a broadcast name, otherwise a sentence that tells the user why not.
 * Empty path parts and trailing whitespace are rejected, because MoQ paths and ticket parsing drop them.
 */
export function broadcastNameProblem(name: string): string | null {
  if (name.trim() === '') return 'Enter a name, so that your friends know what they are watching.';
  if (name.length > MAX_NAME_CHARS)
    return `The name is too long. It can have at most ${MAX_NAME_CHARS} characters.`;
  if (name !== name.trim()) return 'The name cannot begin or end with a space.';
  if (!name.isWellFormed()) return 'The name contains invalid characters.';
  const [first = ''] = name.split('/');
  if (RESERVED_NAMES.includes(first)) return `The name “${first}” is reserved for calls. Choose another one.`;
  const fault = pathFault(name);
  if (fault === 'empty-part') return 'The name cannot begin or end with “/” or contain “//”.';
  return fault ? 'The name contains too many “/” characters.' : null;
}
