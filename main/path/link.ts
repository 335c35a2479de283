import type { LinkState } from '../../common/bridge.ts';
import { NO_STATS, nextNetStats } from '../../common/net-stats.ts';
import type { LinkSnapshot } from '../../common/path-deltas.ts';
import { NO_SIGNALS, nextSignals } from '../../common/signals.ts';
import { type PathChange, pathChanges, pathState } from './changes.ts';

/** What a look at a link brought. */
export interface LinkNews {
  changes: PathChange[];
  /** Whether a second is over and `state.stats` is new. */
  hasStats: boolean;
}

export type LinkUse = LinkState['use'];

/** One connection: what it is for, its paths, its signals and figures. Fed with snapshots; holds no timers. */
export class Link {
  readonly peer: string;
  readonly use: LinkUse;
  readonly #subject: () => string;
  #last: LinkSnapshot = { atMs: Number.NEGATIVE_INFINITY, paths: [] };
  #signals = NO_SIGNALS;
  #stats = NO_STATS;

  constructor(peer: string, use: LinkUse, subject: () => string) {
    this.peer = peer;
    this.use = use;
    this.#subject = subject;
  }

  get state(): LinkState {
    return {
      peer: this.peer,
      use: this.use,
      subject: this.#subject(),
      paths: this.#last.paths.map(pathState),
      signals: this.#signals.value,
      stats: this.#stats.value,
    };
  }

  /** Whether its data goes through an iroh relay now. */
  get relayed(): boolean {
    return this.#last.paths.some(({ selected, kind }) => selected && kind === 'relayed');
  }

  take(snapshot: LinkSnapshot): LinkNews {
    const changes = pathChanges(this.#last.paths, snapshot.paths);
    const before = this.#stats.value;
    this.#last = snapshot;
    this.#signals = nextSignals(this.#signals, snapshot);
    this.#stats = nextNetStats(this.#stats, snapshot);
    return { changes, hasStats: this.#stats.value !== before };
  }
}
