/**
 * Number of positions for the groups in flight within one track priority, so that priority always outweighs
 * position. Groups have negative send orders, below those of control streams (0 or more).
 */
const POSITIONS = 2 ** 44;
const MAX_PRIORITY = 255;

/**
 * Returns the send order of a group's stream, computed as in moq-net.
 *
 * @param priority the track's priority. Tracks with a higher number are sent first; numbers above 255 count as
 *   255
 * @param position the group's rank among the groups in flight. The group at position 0 is sent first
 */
export function groupSendOrder(priority: number, position: number): number {
  return -((MAX_PRIORITY - Math.min(priority, MAX_PRIORITY)) * POSITIONS + position + 1);
}
