/** A title for the state of a broadcast that has not been stopped. `connected` is true while it can reach viewers. */
export function liveTitle(connected: boolean): string {
  return connected ? 'You are live' : 'Your broadcast is interrupted';
}

/** Says how many people watch the app's broadcast; null if nobody does. */
export function friendsWatching(viewers: number): string | null {
  if (viewers === 0) return null;
  return viewers === 1 ? 'One friend is watching right now.' : `${viewers} friends are watching right now.`;
}
