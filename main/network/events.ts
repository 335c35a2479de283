import type {
  ConnectionState,
  NetStats,
  NetworkPathState,
  NetworkSignals,
} from '../../common/bridge/bridge.ts';
import type { NetworkPathChange } from './network-path-changes.ts';

/** Connection events that `--json` prints. */
export type NetworkEvent =
  /** A path was selected for a connection's data, either the first one or a replacement for another path. */
  | ({ event: 'path'; peer: string } & Pick<NetworkPathState, 'kind' | 'address' | 'rttMs'>)
  /** Printed once per second for each connection, if `--stats` is set. */
  | ({ event: 'stats'; peer: string; use: ConnectionState['use'] } & NetStats & NetworkSignals);

/** A path change and the connection that it belongs to. */
export interface ConnectionPathChange {
  /** The peer's endpoint id, as 64 hex digits. */
  peer: string;
  use: ConnectionState['use'];
  change: NetworkPathChange;
}
