import { messageOf } from '../../common/errors.ts';
import type { PullReport } from '../../common/relay-api.ts';
import { type Readable, Store } from '../../common/store.ts';
import { LivePlayer } from '../media/player.ts';
import { type Established, MediaSession } from '../media/session.ts';
import type { Player } from '../media/types.ts';
import { PullWatch } from './pull-watch.ts';
import type { RelayClient } from './relay-client.ts';
import { RelayConnector } from './relay-connector.ts';

/** How often the way to the relay is looked at, in milliseconds. */
const LOOK_MS = 1_000;
/** Nobody is told of a relay that is merely slow to answer at first, in milliseconds. */
const PATIENCE_MS = 3_000;

/** How this browser reaches the relay now. */
export interface RelayLink {
  connected: boolean;
  transport: Established['transport'];
  /** Null while nobody measured it: browsers do not tell it of a WebSocket. */
  rttMs: number | null;
  /** Why there is no session, in words; null while it may still come up. */
  problem: string | null;
}

const NO_LINK: RelayLink = { connected: false, transport: 'webtransport', rttMs: null, problem: null };

/** One broadcast watched over a relay: its session, its player, and what the relay tells of its source. */
export class RelayWatch {
  readonly player: Player;
  readonly #connector: RelayConnector;
  readonly #session: MediaSession;
  readonly #link = new Store<RelayLink>(NO_LINK);
  readonly #report = new Store<PullReport | null>(null);
  readonly #news: PullWatch | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stop: () => void;
  #lostAtMs = performance.now();

  /** `ticket`: whether the path is a ticket, of whose pull there is news. */
  constructor(relay: RelayClient, path: string, ticket: boolean) {
    this.#connector = new RelayConnector(relay);
    this.#session = new MediaSession(this.#connector);
    this.player = new LivePlayer(this.#session, path);
    if (ticket) {
      this.#news = new PullWatch(() => relay.pullEvents(path));
      this.#news.report.subscribe((report) => this.#report.set(report));
    }
    this.#stop = this.#session.established.subscribe((established) => {
      if (!established) this.#lostAtMs = performance.now();
      void this.#look();
    });
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  get link(): Readable<RelayLink> {
    return this.#link;
  }

  /** What the relay says of its way to the publisher; null before it said anything. */
  get report(): Readable<PullReport | null> {
    return this.#report;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop();
    this.#news?.close();
    await this.player.close();
    await this.#session.close();
    this.#connector.close();
  }

  async #look(): Promise<void> {
    const established = this.#session.established.peek();
    if (!established) {
      const patient = performance.now() - this.#lostAtMs < PATIENCE_MS;
      const error = this.#session.lastError;
      this.#set({ ...NO_LINK, problem: patient || !error ? null : messageOf(error) });
      return;
    }
    const stats = await established.stats();
    if (this.#session.established.peek() !== established) return;
    const rttMs = stats.rtt ?? established.probe.peek().rtt ?? null;
    this.#set({ connected: true, transport: established.transport, rttMs, problem: null });
  }

  #set(next: RelayLink): void {
    const now = this.#link.get();
    const same = (Object.keys(next) as (keyof RelayLink)[]).every((key) => Object.is(next[key], now[key]));
    if (!same) this.#link.set(next);
  }
}
