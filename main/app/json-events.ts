import type { OutsideOrigin } from '../../common/bridge/bridge.ts';
import type { CallEvent } from '../calls/calls-options.ts';
import type { NetworkEvent } from '../network/events.ts';

/**
 * The `--json` events, which are printed to stdout as one JSON object per line. Scripts depend on the names, which
 * `--help` documents.
 */
export type JsonEvent =
  | { event: 'ready'; url: string; endpointId: string }
  /** Emitted when a broadcast starts, and again whenever its ticket changes, because then its addresses have changed. */
  | { event: 'live'; ticket: string; name: string }
  | { event: 'ended'; name: string }
  | CallEvent
  | NetworkEvent
  /** A player in the window changed its rendition of the peer's broadcast; null is no video. */
  | { event: 'rendition'; peer: string; from: string | null; to: string | null; reason: string }
  /** `ticket` is the ticket or the refused text that the error concerns, if any. */
  | { event: 'error'; message: string; ticket?: string }
  /** A ticket from outside the window is shown and waits for the user's click. */
  | { event: 'ticket-request'; ticket: string; origin: OutsideOrigin }
  /** Another instance uses the data folder. It has taken over the request, and this process exits. */
  | { event: 'handed-over'; pid: number };

/** Maximum length of the rejected text in an event, in UTF-16 code units. A link can have any length. */
const MAX_REFUSED_CHARS = 4_096;

/** Creates the event for text that is not a valid ticket. `message` says why. */
export function refusedTicketEvent(text: string, message: string): JsonEvent {
  return { event: 'error', message, ticket: text.slice(0, MAX_REFUSED_CHARS) };
}
