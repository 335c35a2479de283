import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import type { PullReport } from '../../common/relay/relay-schemas.ts';
import { ReconnectingSession } from '../media/session/reconnecting-session.ts';
import type { Player } from '../media/shared/player-types.ts';
import { LivePlayer } from '../media/watch/player.ts';
import { PullEvents } from './pull-events.ts';
import { isFinal } from './refusal.ts';
import type { RelayClient } from './relay-client.ts';
import { RelayConnectionMonitor, type RelayConnectionState } from './relay-connection.ts';
import { RelayConnector } from './relay-connector.ts';
import { RelayDownlink } from './relay-downlink.ts';

/**
 * Plays one broadcast from a relay. Owns the session, the player and the reader of the relay's pull reports.
 */
export class RelayPlayback {
  readonly player: Player;
  /** The state of the connection to the relay. */
  readonly connection: Readable<RelayConnectionState>;
  /** The relay's report about the pull; null for a path on the relay and before the first report. */
  readonly report: Readable<PullReport | null>;
  readonly #scope = new Scope();

  /**
   * @param path a path on the relay's Origin
   * @param isTicket whether the relay must pull the broadcast
   * @param audioNeedsGesture whether audio starts only after a click or key press
   */
  constructor(relay: RelayClient, path: string, isTicket: boolean, audioNeedsGesture: boolean) {
    const connector = new RelayConnector(relay);
    this.#scope.own(() => connector.close());
    const session = new ReconnectingSession(connector);
    this.#scope.own(() => session.close());
    const monitor = new RelayConnectionMonitor(session, (signal) => relay.roundTripMs(signal));
    this.#scope.own(() => monitor.close());
    this.connection = monitor.state;
    this.report = isTicket ? this.#listen(relay, path) : new Store<PullReport | null>(null);
    const downlink = new RelayDownlink(session, {
      rttMs: () => this.connection.get().rttMs,
      kind: () => this.report.get()?.upstream?.kind ?? null,
    });
    this.#scope.own(() => downlink.close());
    this.player = new LivePlayer(session, path, { connection: downlink.facts, audioNeedsGesture });
    this.#scope.own(() => this.player.close());
  }

  /** Closes the player first, then its session. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  #listen(relay: RelayClient, ticket: string): Readable<PullReport | null> {
    const events = new PullEvents(relay.pullEventsUrl(ticket));
    this.#scope.own(() => events.close());
    this.#scope.own(
      this.connection.subscribe(({ refusal }) => {
        if (refusal !== null && isFinal(refusal)) events.close();
      }),
    );
    return events.report;
  }
}
