import type { LinkState } from '../../common/bridge/bridge.ts';
import { type DownlinkState, NO_DOWNLINK, nextDownlink } from './downlink.ts';
import { NO_STATS, nextNetStats } from './net-stats.ts';
import { NO_SIGNALS, nextSignals } from './network-signals.ts';
import { type PathChange, pathChanges, pathState } from './path-changes.ts';
import type { LinkSnapshot } from './path-deltas.ts';

/** What a look at a link brought. */
export interface LinkNews {
  changes: PathChange[];
  /** Whether a second is over and `state.stats` is new. */
  hasStats: boolean;
}

export type LinkUse = LinkState['use'];

/** What the connection is for now, as `LinkState.subject` says it. */
export type Subjects = () => readonly string[];

/** One connection: what it is for, its paths, its signals and figures. Fed with snapshots; holds no timers. */
export class Link {
  readonly peer: string;
  /** No other link has had it. */
  readonly #connection: number;
  #use: LinkUse;
  #subjects: Subjects;
  #last: LinkSnapshot = { atMs: Number.NEGATIVE_INFINITY, paths: [] };
  #signals = NO_SIGNALS;
  #stats = NO_STATS;
  #downlink: DownlinkState = NO_DOWNLINK;
  #served = false;

  constructor(peer: string, connection: number, use: LinkUse, subjects: Subjects) {
    this.peer = peer;
    this.#connection = connection;
    this.#use = use;
    this.#subjects = subjects;
  }

  get use(): LinkUse {
    return this.#use;
  }

  /** The connection serves something else from now on: a viewer turned out to be a caller. */
  serve(use: LinkUse, subjects: Subjects): void {
    this.#use = use;
    this.#subjects = subjects;
  }

  /** One for each subject, since one connection may serve several. */
  get states(): LinkState[] {
    const paths = this.#last.paths.map(pathState);
    return this.#subjects().map((subject) => ({ ...this.figures, use: this.#use, subject, paths }));
  }

  /** Whether it is known what it is for: one that comes in is a viewer once it reads something, or a call. */
  get isKnown(): boolean {
    this.#served ||= this.#use !== 'viewer' || this.#subjects().length > 0;
    return this.#served;
  }

  get figures(): Pick<LinkState, 'peer' | 'signals' | 'stats' | 'downlink'> {
    const { value } = this.#downlink;
    // Nothing comes from viewers.
    const downlink = this.#use === 'viewer' || !value ? null : { ...value, connection: this.#connection };
    return { peer: this.peer, signals: this.#signals.value, stats: this.#stats.value, downlink };
  }

  /** Whether its data goes through an iroh relay now. */
  get relayed(): boolean {
    return this.#last.paths.some(({ selected, kind }) => selected && kind === 'relayed');
  }

  /** `senderEstimateBps` is what the peer says it could send to us; null where it does not say. */
  take(snapshot: LinkSnapshot, senderEstimateBps: number | null): LinkNews {
    const changes = pathChanges(this.#last.paths, snapshot.paths);
    const before = this.#stats.value;
    this.#last = snapshot;
    this.#signals = nextSignals(this.#signals, snapshot);
    this.#stats = nextNetStats(this.#stats, snapshot);
    this.#downlink = nextDownlink(this.#downlink, snapshot, senderEstimateBps);
    return { changes, hasStats: this.#stats.value !== before };
  }
}
