/**
 * Prefix of the tracks through which a relay tells a publisher how many viewers it serves. MoQ has no message
 * for this, so the relay subscribes to a track whose name contains the number. The publisher sends nothing on
 * the track. Publishers that do not know these tracks reject the subscription, which does no harm.
 *
 * The prefix begins with `catalog`, because older apps count the readers of all other tracks as viewers.
 */
const PREFIX = 'catalog.viewers.';
/** The largest number that a relay can report. Larger numbers are reported as this one. */
const MAX_VIEWERS = 9_999;

/** Returns the name of the track that reports this number of viewers. */
export function viewerCountTrack(viewers: number): string {
  return `${PREFIX}${Math.min(viewers, MAX_VIEWERS)}`;
}

/** Returns the number of viewers that a track reports; null for any other track. */
export function viewersOfTrack(name: string): number | null {
  const digits = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '';
  return /^[1-9]\d{0,3}$/.test(digits) ? Number(digits) : null;
}
