/** The broadcast name of a call ticket (iroh-live's). */
export const CALL_NAME = 'call';

/** The broadcast in which the two apps of a call tell each other of muting and the like. */
export const CALL_STATUS_NAME = 'call-status';

/** Longest broadcast name and label that a person may type, in characters. */
export const MAX_NAME_CHARS = 200;

/** moq-lite paths have 32 parts at most, and the window publishes below a prefix of one. */
const MAX_PARTS = 31;

/** Names that belong to calls: who reads them is a caller, so nothing live may be there or below. */
export const RESERVED_NAMES: readonly string[] = [CALL_NAME, CALL_STATUS_NAME];

/** What keeps a text from being a path on the wire as it stands; null when nothing does. */
export function pathFault(text: string): 'empty-part' | 'too-many-parts' | null {
  const parts = text.split('/');
  if (parts.includes('')) return 'empty-part';
  return parts.length > MAX_PARTS ? 'too-many-parts' : null;
}

/**
 * What keeps a text from being a broadcast's name, in words; null for a good one. A name is a path on the wire, where
 * empty parts vanish, and the end of a ticket, where white space at the end does: such a name would come out as another.
 */
export function broadcastNameProblem(name: string): string | null {
  if (name.trim() === '') return 'Give it a name, so that your friends know what they see.';
  if (name.length > MAX_NAME_CHARS) return `The name is too long: ${MAX_NAME_CHARS} characters fit.`;
  if (name !== name.trim()) return 'The name cannot begin or end with a space.';
  if (!name.isWellFormed()) return 'The name holds broken characters.';
  const [first = ''] = name.split('/');
  if (RESERVED_NAMES.includes(first)) return `Calls go by the name “${first}”. Choose another one.`;
  const fault = pathFault(name);
  if (fault === 'empty-part') return 'The name cannot begin or end with “/”, nor have two of them in a row.';
  return fault ? 'The name has too many “/” in it.' : null;
}
