import type { ConnectionState } from '../../common/bridge/bridge.ts';
import type { ConnectionSnapshot, NetworkPathCounters } from './connection-delta.ts';
import { type DownlinkState, NO_DOWNLINK, nextDownlink } from './downlink.ts';
import { NO_STATS, nextNetStats } from './net-stats.ts';
import { type NetworkPathChange, networkPathChanges, networkPathState } from './network-path-changes.ts';
import { NO_SIGNALS, nextSignals } from './network-signals.ts';

/** The result of processing one snapshot of a connection. */
export interface SnapshotUpdate {
  changes: NetworkPathChange[];
  /** Whether the snapshot completed a second, so that `measurements.stats` has a new value. */
  hasStats: boolean;
}

/** The purpose of a connection: its peer is a viewer, a publisher that is watched, or a party to a call. */
export type ConnectionUse = ConnectionState['use'];

/** Returns the current values of `ConnectionState.subject`. */
export type Subjects = () => readonly string[];

/** The purpose, paths and measurements of one connection. It receives snapshots and has no timers. */
export class TrackedConnection {
  /** The peer's endpoint id, as 64 hex digits. */
  readonly peer: string;
  /** The connection number, which is unique within the process. */
  readonly #connection: number;
  #use: ConnectionUse;
  #subjects: Subjects;
  #last: ConnectionSnapshot = { atMs: Number.NEGATIVE_INFINITY, paths: [] };
  /** The path that was selected last, even if no path is selected now. */
  #selected: NetworkPathCounters | undefined;
  #signals = NO_SIGNALS;
  #stats = NO_STATS;
  #downlink: DownlinkState = NO_DOWNLINK;
  #hasPurpose = false;

  constructor(peer: string, connection: number, use: ConnectionUse, subjects: Subjects) {
    this.peer = peer;
    this.#connection = connection;
    this.#use = use;
    this.#subjects = subjects;
  }

  get use(): ConnectionUse {
    return this.#use;
  }

  /** Changes the purpose of the connection, for example when a viewer turns out to be a caller. */
  assign(use: ConnectionUse, subjects: Subjects): void {
    this.#use = use;
    this.#subjects = subjects;
  }

  /** One state per subject, because a connection may serve several subjects. */
  get states(): ConnectionState[] {
    const paths = this.#last.paths.map(networkPathState);
    return this.#subjects().map((subject) => ({ ...this.measurements, use: this.#use, subject, paths }));
  }

  /**
   * Whether the purpose is known. The purpose of an incoming connection becomes known once the peer reads a broadcast
   * or starts a call.
   */
  get hasPurpose(): boolean {
    this.#hasPurpose ||= this.#use !== 'viewer' || this.#subjects().length > 0;
    return this.#hasPurpose;
  }

  /** The newest measurements. `downlink` is null for viewers, because they send no media. */
  get measurements(): Pick<ConnectionState, 'peer' | 'signals' | 'stats' | 'downlink'> {
    const { value } = this.#downlink;
    const downlink = this.#use === 'viewer' || !value ? null : { ...value, connection: this.#connection };
    return { peer: this.peer, signals: this.#signals.value, stats: this.#stats.value, downlink };
  }

  /** Whether the selected path goes through an iroh relay. */
  get relayed(): boolean {
    return this.#last.paths.some(({ selected, kind }) => selected && kind === 'relayed');
  }

  /**
   * Processes the next snapshot.
   *
   * @param senderEstimateBps the peer's PROBE estimate of how fast it can send to us; null if it sends none
   */
  update(snapshot: ConnectionSnapshot, senderEstimateBps: number | null): SnapshotUpdate {
    const changes = networkPathChanges(this.#last.paths, snapshot.paths, this.#selected);
    this.#selected = snapshot.paths.find(({ selected }) => selected) ?? this.#selected;
    const before = this.#stats.value;
    this.#last = snapshot;
    this.#signals = nextSignals(this.#signals, snapshot);
    this.#stats = nextNetStats(this.#stats, snapshot);
    this.#downlink = nextDownlink(this.#downlink, snapshot, senderEstimateBps);
    return { changes, hasStats: this.#stats.value !== before };
  }
}
