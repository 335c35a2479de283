import { type Readable, Store } from '../../common/base/store.ts';
import type { PullReport } from '../../common/relay/relay-api.ts';
import { ReconnectingSession } from '../media/session/reconnecting-session.ts';
import type { Player } from '../media/shared/types.ts';
import { LivePlayer } from '../media/watch/player.ts';
import { PullWatch } from './pull-watch.ts';
import type { RelayClient } from './relay-client.ts';
import { type RelayLink, RelayLinkWatch } from './relay-connection.ts';
import { RelayConnector } from './relay-connector.ts';
import { RelayDownlink } from './relay-downlink.ts';

/** One broadcast watched over a relay: its session, its player, and what the relay tells of its source. */
export class RelayWatch {
  readonly player: Player;
  readonly #connector: RelayConnector;
  readonly #session: ReconnectingSession;
  readonly #link: RelayLinkWatch;
  readonly #downlink: RelayDownlink;
  readonly #report: Readable<PullReport | null>;
  readonly #news: PullWatch | undefined;

  /** `ticket`: whether the path is a ticket, of whose pull there is news. */
  constructor(relay: RelayClient, path: string, ticket: boolean) {
    this.#connector = new RelayConnector(relay);
    this.#session = new ReconnectingSession(this.#connector);
    this.#link = new RelayLinkWatch(this.#session, (signal) => relay.roundTripMs(signal));
    this.#news = ticket ? new PullWatch(() => relay.pullEvents(path)) : undefined;
    this.#report = this.#news?.report ?? new Store<PullReport | null>(null);
    this.#downlink = new RelayDownlink(this.#session, {
      rttMs: () => this.link.get().rttMs,
      kind: () => this.#report.get()?.upstream?.kind ?? null,
    });
    this.player = new LivePlayer(this.#session, path, { connection: this.#downlink.facts });
  }

  get link(): Readable<RelayLink> {
    return this.#link.link;
  }

  /** What the relay says of its way to the publisher; null before it said anything. */
  get report(): Readable<PullReport | null> {
    return this.#report;
  }

  async close(): Promise<void> {
    this.#news?.close();
    this.#link.close();
    this.#downlink.close();
    await this.player.close();
    await this.#session.close();
    this.#connector.close();
  }
}
