import type {
  ConnectionState,
  NetStats,
  NetworkPathState,
  NetworkSignals,
} from '../../common/bridge/bridge.ts';
import type { CallEvent } from '../calls/call-event.ts';
import type { LinkEvent } from '../network/events.ts';

/**
 * What `--json` prints, one object a line on stdout. The names are a contract: scripts rely on them, and `--help` lists
 * them.
 */
export type JsonEvent =
  | { event: 'ready'; url: string; endpointId: string }
  | { event: 'live'; ticket: string; name: string }
  | { event: 'ended'; name: string }
  | CallEvent
  | { event: 'path'; peer: string; kind: NetworkPathState['kind']; address: string; rttMs: number }
  | ({ event: 'stats'; peer: string; use: ConnectionState['use'] } & NetStats & NetworkSignals)
  | LinkEvent
  /** A player of the window reads another rendition of the peer's broadcast from now on; null is no picture. */
  | { event: 'rendition'; peer: string; from: string | null; to: string | null; reason: string }
  | { event: 'error'; message: string; ticket?: string }
  /** Another instance has the data folder; it was told, and this one ends. */
  | { event: 'handed-over'; pid: number };
