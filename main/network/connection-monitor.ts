import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { Emitter, type Readable, Store } from '../../common/base/store.ts';
import type { LinkState, PathState } from '../../common/bridge/bridge.ts';
import { pathWords } from '../../common/bridge/connection-quality.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import type { JsonEvent } from '../app/json-events.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { DirectSearch, type DirectSearchOptions } from './direct-search.ts';
import { SIGNALS_EVERY_MS } from './network-signals.ts';
import type { PathChange } from './path-changes.ts';
import { type PathSource, pathSourceOf, snapshotOf } from './path-source.ts';
import { Link, type LinkUse, type Subjects } from './tracked-connection.ts';

export interface LinksOptions {
  /** Hears what scripts are told: `path` at each change of the selected path, and `stats`. */
  onEvent?: (event: JsonEvent) => void;
  /** Whether `stats` events are made, one a second and link. */
  stats?: boolean;
  /** Makes the endpoint look for direct ways again while something is relayed. */
  search?: DirectSearchOptions['search'];
  /** Milliseconds on a clock that never goes back. */
  nowMs?: () => number;
  everyMs?: number;
}

/** A change of a link's paths. */
export interface LinkChange {
  peer: string;
  use: LinkUse;
  change: PathChange;
}

/**
 * The live path of every connection: which ways there are, which one carries the data, how it does.
 *
 * The paths are polled: the addon's own watchers abort the whole process (iroh-ffi issue 277). A change is therefore
 * told up to `everyMs` late; in between only the last one of several is seen.
 */
export class Links {
  readonly #options: LinksOptions;
  readonly #scope = new Scope();
  readonly #links = new Map<Session, { link: Link; source: PathSource }>();
  readonly #state = new Store<readonly LinkState[]>([]);
  readonly #events = new Emitter<{ change: LinkChange }>();
  readonly #search: DirectSearch | undefined;
  readonly #nowMs: () => number;
  #connections = 0;

  constructor(options: LinksOptions = {}) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#search = options.search && new DirectSearch({ search: options.search });
    const timer = setInterval(() => this.#look(), options.everyMs ?? SIGNALS_EVERY_MS);
    timer.unref();
    this.#scope.own(() => clearInterval(timer));
  }

  /** The links of every subject, in the order in which they were added. New at every look while there are any. */
  get state(): Readable<readonly LinkState[]> {
    return this.#state;
  }

  /** Hears of each path that opens, closes or is selected. Returns the unsubscriber. */
  onChange(listener: (change: LinkChange) => void): () => void {
    return this.#events.on('change', listener);
  }

  /**
   * Watches a session's connection until the session ends. `subject` is what `LinkState` says: the ticket, the
   * broadcast, or the call's id; a function where they change, of which each gets a `LinkState` of its own. A session
   * without network paths is passed over; one that is added again serves something else from now on.
   */
  add(session: Session, use: LinkUse, subject: string | Subjects): void {
    const source = pathSourceOf(session.transport);
    if (!source || session.scope.closed || this.#scope.closed) return;
    const subjects = typeof subject === 'string' ? () => [subject] : subject;
    const known = this.#links.get(session);
    if (known) {
      known.link.serve(use, subjects);
      this.#publish();
      return;
    }
    this.#connections += 1;
    this.#links.set(session, { link: new Link(source.remoteId, this.#connections, use, subjects), source });
    session.scope.own(() => {
      if (this.#links.delete(session)) this.#publish();
    });
    this.#look();
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  #look(): void {
    if (this.#links.size === 0) return;
    const nowMs = this.#nowMs();
    for (const [session, { link, source }] of [...this.#links]) {
      try {
        const { changes, hasStats } = link.take(snapshotOf(source, nowMs), senderEstimateBps(session));
        for (const change of changes) this.#tell(link, change);
        if (hasStats) this.#tellStats(link);
      } catch (error) {
        log.debug(`${link.use} ${shortId(link.peer)}: paths: ${messageOf(error)}`);
      }
    }
    this.#publish();
    const relayed = [...this.#links.values()].some(({ link }) => link.relayed);
    this.#search?.look(relayed, nowMs);
  }

  #tell(link: Link, change: PathChange): void {
    if (change.kind === 'selected') {
      const { kind, address, rttMs } = change.path;
      log.info(`${link.use} ${shortId(link.peer)}: ${transition(change.path, change.before)}`);
      this.#options.onEvent?.({ event: 'path', peer: link.peer, kind, address, rttMs });
    }
    this.#events.emit('change', { peer: link.peer, use: link.use, change });
  }

  #tellStats(link: Link): void {
    const { peer, stats, signals } = link.figures;
    if (!this.#options.stats || !stats || !signals || !link.isKnown) return;
    this.#options.onEvent?.({ event: 'stats', peer, use: link.use, ...stats, ...signals });
  }

  #publish(): void {
    this.#state.set([...this.#links.values()].flatMap(({ link }) => link.states));
  }
}

/** The peer's last PROBE message; null before the first, from versions without, and from peers that cannot tell. */
function senderEstimateBps({ established }: Session): number | null {
  return established.probe.peek().estimatedRecvRate ?? null;
}

function transition(path: PathState, before: PathState | undefined): string {
  const now = `${pathWords(path)} (${path.address}, ${path.rttMs} ms)`;
  return before ? `${pathWords(before)} → ${now}` : now;
}
