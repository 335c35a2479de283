/**
 * Maps WebTransport's `sendOrder` (any number) to iroh's stream priority (32 bits). In both, higher is sent
 * first. moq-net gives groups a negative send order, `-((255 - priority) · 2^44 + position + 1)`, where
 * `position` is the rank among the groups in flight. The mapping keeps 23 of the 44 bits for the position,
 * enough for eight million groups. Control streams (0) stay above every group.
 */
const WIDE_SPAN = 2 ** 44;
const NARROW_SPAN = 2 ** 23;
const LEVELS = 256;
const MAX_I32 = 2 ** 31 - 1;

/**
 * The mapping is monotonic: it never reverses two send orders. Different orders get the same priority only if
 * they do not fit into 32 bits.
 */
export function streamPriority(sendOrder: number | undefined): number {
  if (sendOrder === undefined || Number.isNaN(sendOrder)) return 0;
  if (sendOrder >= 0) return Math.min(Math.trunc(sendOrder), MAX_I32);
  const below = Math.ceil(-sendOrder) - 1;
  const level = Math.min(Math.floor(below / WIDE_SPAN), LEVELS - 1);
  const position = Math.min(below - level * WIDE_SPAN, NARROW_SPAN - 1);
  return -(level * NARROW_SPAN + position + 1);
}
