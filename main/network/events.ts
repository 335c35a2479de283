import type {
  ConnectionState,
  NetStats,
  NetworkPathState,
  NetworkSignals,
} from '../../common/bridge/bridge.ts';
import type { NetworkPathChange } from './network-path-changes.ts';

/** Events of connections that `--json` prints for scripts. */
export type NetworkEvent =
  /** The path that carries a peer's data was selected, or another one was. */
  | ({ event: 'path'; peer: string } & Pick<NetworkPathState, 'kind' | 'address' | 'rttMs'>)
  /** Only with `--stats`: one per second and connection. */
  | ({ event: 'stats'; peer: string; use: ConnectionState['use'] } & NetStats & NetworkSignals);

/** A path change together with the connection that it belongs to. */
export interface ConnectionPathChange {
  /** The peer's endpoint id, 64 hex digits. */
  peer: string;
  use: ConnectionState['use'];
  change: NetworkPathChange;
}
