import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { Emitter, type Readable, Store } from '../../common/base/store.ts';
import type { ConnectionState, NetworkPathState } from '../../common/bridge/bridge.ts';
import { networkPathWords } from '../../common/bridge/connection-quality.ts';
import { DOWNLINK_SAMPLE_MS, senderEstimateBps } from '../../common/moq/downlink.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { log } from '../base/log.ts';
import type { Session } from '../origin/session.ts';
import { DirectSearch, type DirectSearchOptions } from './direct-search.ts';
import type { ConnectionPathChange, NetworkEvent } from './events.ts';
import type { NetworkPathChange } from './network-path-changes.ts';
import { type NetworkPathSource, networkPathSourceOf, snapshotOf } from './network-path-source.ts';
import { type ConnectionUse, type Subjects, TrackedConnection } from './tracked-connection.ts';

/** Options for a `ConnectionMonitor`. All are optional. */
export interface ConnectionMonitorOptions {
  /** Receives a `path` event for each change of the selected path, and `stats` events. */
  onEvent?: (event: NetworkEvent) => void;
  /** Whether to emit `stats` events, one per second for each connection. Default: false. */
  stats?: boolean;
  /** Makes the endpoint search for direct paths again. Called repeatedly while a connection is relayed. */
  search?: DirectSearchOptions['search'];
  /** A monotonic clock in ms. */
  nowMs?: () => number;
  /** Interval between samples, in ms. */
  everyMs?: number;
}

/**
 * Samples the network paths of every connection and publishes the available paths, the selected path, and its
 * measurements. The paths are polled, because the native addon's watchers abort the whole process (iroh-ffi
 * issue 277).
 */
export class ConnectionMonitor {
  readonly #options: ConnectionMonitorOptions;
  readonly #scope = new Scope();
  readonly #tracked = new Map<Session, { connection: TrackedConnection; source: NetworkPathSource }>();
  readonly #states = new Store<readonly ConnectionState[]>([]);
  readonly #events = new Emitter<{ change: ConnectionPathChange }>();
  readonly #search: DirectSearch | undefined;
  readonly #nowMs: () => number;
  #connections = 0;

  constructor(options: ConnectionMonitorOptions = {}) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#search = options.search && new DirectSearch({ search: options.search });
    const timer = setInterval(() => this.#sample(), options.everyMs ?? DOWNLINK_SAMPLE_MS);
    timer.unref();
    this.#scope.own(() => clearInterval(timer));
  }

  /**
   * One state per connection and subject, in the order of `add` calls. Updated with every sample while there are
   * connections.
   */
  get states(): Readable<readonly ConnectionState[]> {
    return this.#states;
  }

  /**
   * Calls `listener` whenever a path opens, closes or is selected. Returns the function that unsubscribes it.
   */
  onPathChange(listener: (change: ConnectionPathChange) => void): () => void {
    return this.#events.on('change', listener);
  }

  /**
   * Monitors a session's connection until the session ends. If it is already monitored, changes its use and
   * subject. Ignores sessions without network paths, such as those of windows.
   *
   * @param subject `ConnectionState.subject`: the ticket, the broadcast, or the call id. Pass a function if
   *   the connection serves several subjects or if they change; each subject gets its own `ConnectionState`.
   */
  add(session: Session, use: ConnectionUse, subject: string | Subjects): void {
    const source = networkPathSourceOf(session.transport);
    if (!source || session.scope.closed || this.#scope.closed) return;
    const subjects = typeof subject === 'string' ? () => [subject] : subject;
    const known = this.#tracked.get(session);
    if (known) {
      known.connection.assign(use, subjects);
      this.#publish();
      return;
    }
    this.#connections += 1;
    const connection = new TrackedConnection(source.remoteId, this.#connections, use, subjects);
    this.#tracked.set(session, { connection, source });
    session.scope.own(() => {
      if (this.#tracked.delete(session)) this.#publish();
    });
    this.#sample();
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  #sample(): void {
    if (this.#tracked.size === 0) return;
    const nowMs = this.#nowMs();
    for (const [session, { connection, source }] of [...this.#tracked]) {
      try {
        const estimateBps = senderEstimateBps(session.established);
        const { changes, hasStats } = connection.update(snapshotOf(source, nowMs), estimateBps);
        for (const change of changes) this.#emitChange(connection, change);
        if (hasStats) this.#emitStats(connection);
      } catch (error) {
        log.debug(`${connection.use} ${shortId(connection.peer)}: cannot sample paths: ${messageOf(error)}`);
      }
    }
    this.#publish();
    const relayed = [...this.#tracked.values()].some(({ connection }) => connection.relayed);
    this.#search?.update(relayed, nowMs);
  }

  #emitChange({ peer, use }: TrackedConnection, change: NetworkPathChange): void {
    if (change.kind === 'selected') {
      const { kind, address, rttMs } = change.path;
      log.info(`${use} ${shortId(peer)}: ${transitionText(change.path, change.before)}`);
      this.#options.onEvent?.({ event: 'path', peer, kind, address, rttMs });
    }
    this.#events.emit('change', { peer, use, change });
  }

  #emitStats(connection: TrackedConnection): void {
    const { peer, stats, signals } = connection.measurements;
    if (!this.#options.stats || !stats || !signals || !connection.hasPurpose) return;
    this.#options.onEvent?.({ event: 'stats', peer, use: connection.use, ...stats, ...signals });
  }

  #publish(): void {
    this.#states.set([...this.#tracked.values()].flatMap(({ connection }) => connection.states));
  }
}

function transitionText(path: NetworkPathState, before: NetworkPathState | undefined): string {
  const now = `${networkPathWords(path)} (${path.address}, ${path.rttMs} ms)`;
  return before ? `${networkPathWords(before)} → ${now}` : now;
}
