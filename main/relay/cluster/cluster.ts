import type { Path } from 'moq-net';
import { Scope } from '../../../common/base/scope.ts';
import type { PeerAddr } from '../../../common/ticket/ticket.ts';
import { log } from '../../base/log.ts';
import { mount } from '../../origin/grants.ts';
import type { Origin } from '../../origin/origin.ts';
import type { Transport } from '../../origin/session.ts';
import { Push } from '../../push/push.ts';
import { pushFailureOf, relayDialer } from '../../push/push-dial.ts';
import type { PushFailure } from '../../push/push-failure.ts';
import type { Authorizer } from '../access/auth.ts';
import type { OnRefused } from '../access/limits.ts';
import type { TrafficMeter } from '../monitoring/traffic-meter.ts';
import { ClusterAuth } from './cluster-auth.ts';
import { CLUSTER_SECRET_PARAM, loadClusterSecret } from './cluster-secret.ts';

/** The cluster that a relay joins. */
export interface ClusterOptions {
  /** The URL of one of the cluster's moq-relays. */
  url: string;
  /** A token for the cluster. Null means that the cluster secret is used. */
  token: string | null;
}

/** The parts of the relay that `Cluster` uses. */
interface ClusterParts {
  dataDir: string;
  origin: Origin;
  auth: Authorizer;
  /** The relay's own endpoint id. */
  localId: string;
  onRefused: OnRefused;
  /** See `RelayPulls.pull`. */
  pull: (client: string, ticket: Path.Valid, ended: AbortSignal) => Promise<void>;
  dialPeer: (address: PeerAddr, signal: AbortSignal) => Promise<Transport>;
  /** Counts the bytes of the connections to the cluster. */
  traffic: TrafficMeter;
}

const WORDS: Readonly<Record<PushFailure, string>> = {
  invalid: 'the URL of --cluster is invalid',
  offline: 'the relay of --cluster does not answer; retrying',
  refused: 'the relay of --cluster refused the session; check --cluster-token, and --auth-url of that relay',
  incompatible:
    'the server at the URL of --cluster is not a compatible relay, or its certificate is not trusted',
  lost: 'the connection was lost; reconnecting',
  taken: 'the relay of --cluster has other publishers for all broadcasts of this relay; retrying',
};

/**
 * Makes this relay the gateway of a cluster of moq-relays. The gateway pushes all of its broadcasts to the
 * cluster, including pulled tickets. It also authorizes sessions for the cluster's edges, and learns from
 * their requests which tickets to pull. It reads nothing from the cluster, because it could not recognize its
 * own announcements there.
 */
export class Cluster {
  readonly auth: ClusterAuth;
  readonly #scope = new Scope();
  readonly #push: Push;

  private constructor(options: ClusterOptions, parts: ClusterParts, secret: string) {
    const { origin, auth, localId, pull: want, dialPeer, onRefused, traffic } = parts;
    this.auth = new ClusterAuth({ secret, auth, localId, pull: want, onRefused });
    this.#scope.own(() => this.auth.close());
    const url = new URL(options.url);
    if (options.token === null) url.searchParams.set(CLUSTER_SECRET_PARAM, secret);
    const dial = relayDialer(url.href, options.token ?? '', dialPeer);
    this.#push = new Push({
      origin,
      label: 'cluster',
      grants: { read: [mount('', '')], publish: [], pull: false },
      dial: dial && (async (signal) => traffic.add(await dial(signal))),
      failureOf: pushFailureOf,
      failureTexts: WORDS,
    });
    this.#scope.own(() => this.#push.close());
    let logged = '';
    this.#scope.own(
      this.#push.state.subscribe(({ state, message }) => {
        const text = state === 'live' ? `joined ${url.host}` : message;
        if (state === 'connecting' || text === logged) return;
        logged = text;
        if (state === 'live') log.info(`cluster: ${text}`);
        else log.warn(`cluster: ${text}`);
      }),
    );
  }

  /**
   * Starts connecting to the cluster, and retries after failures.
   *
   * @throws Error that names the secret's file
   */
  static async open(options: ClusterOptions, parts: ClusterParts): Promise<Cluster> {
    return new Cluster(options, parts, await loadClusterSecret(parts.dataDir));
  }

  /**
   * Whether the connection to the cluster is established, so that this relay's broadcasts are available in
   * the cluster.
   */
  get joined(): boolean {
    return this.#push.state.get().state === 'live';
  }

  /** Disconnects from the cluster. Idempotent. */
  close(): Promise<void> {
    return this.#scope.close();
  }
}
