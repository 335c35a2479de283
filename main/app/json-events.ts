import type { CallEvent } from '../calls/calls-options.ts';
import type { NetworkEvent } from '../network/events.ts';

/**
 * What `--json` prints, one object a line on stdout. The names are a contract: scripts rely on them, and `--help` lists
 * them.
 */
export type JsonEvent =
  | { event: 'ready'; url: string; endpointId: string }
  | { event: 'live'; ticket: string; name: string }
  | { event: 'ended'; name: string }
  | CallEvent
  | NetworkEvent
  /** A player of the window reads another rendition of the peer's broadcast from now on; null is no picture. */
  | { event: 'rendition'; peer: string; from: string | null; to: string | null; reason: string }
  | { event: 'error'; message: string; ticket?: string }
  /** Another instance has the data folder; it was told, and this one ends. */
  | { event: 'handed-over'; pid: number };
