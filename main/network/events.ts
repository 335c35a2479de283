import type { LinkState, NetStats, NetworkSignals, PathState } from '../../common/bridge/bridge.ts';

/** What scripts are told of links. */
export type LinkEvent =
  /** The path that carries the data to and from a peer was chosen, or changed. */
  | ({ event: 'path'; peer: string } & Pick<PathState, 'kind' | 'address' | 'rttMs'>)
  /** With `--stats`: one a second and peer. */
  | ({ event: 'stats'; peer: string; use: LinkState['use'] } & NetStats & NetworkSignals);
