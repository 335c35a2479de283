import type { CallEvent } from '../calls/calls-options.ts';
import type { NetworkEvent } from '../network/events.ts';

/**
 * The `--json` events, which are printed to stdout as one JSON object per line. Scripts depend on the names, which
 * `--help` documents.
 */
export type JsonEvent =
  | { event: 'ready'; url: string; endpointId: string }
  | { event: 'live'; ticket: string; name: string }
  | { event: 'ended'; name: string }
  | CallEvent
  | NetworkEvent
  /** A player in the window changed its rendition of the peer's broadcast; null is no video. */
  | { event: 'rendition'; peer: string; from: string | null; to: string | null; reason: string }
  | { event: 'error'; message: string; ticket?: string }
  /** Another instance uses the data folder. It has taken over the request, and this process exits. */
  | { event: 'handed-over'; pid: number };
