import type { Path } from 'moq-net';
import { Scope } from '../../../common/base/scope.ts';
import type { PeerAddr } from '../../../common/ticket/ticket.ts';
import { log } from '../../base/log.ts';
import { Push } from '../../live/push.ts';
import { pushDial, pushFailureOf } from '../../live/push-dial.ts';
import type { PushFailure } from '../../live/push-words.ts';
import { mount } from '../../origin/grants.ts';
import type { Origin } from '../../origin/origin.ts';
import type { Transport } from '../../origin/session.ts';
import type { Authorizer } from '../auth.ts';
import type { OnRefused } from '../limits.ts';
import { ClusterAuth } from './cluster-auth.ts';
import { CLUSTER_SECRET_PARAM, loadClusterSecret } from './cluster-secret.ts';

export interface ClusterOptions {
  /** A moq-relay of the cluster. */
  url: string;
  /** A token that the cluster takes; null: the cluster's own secret is shown. */
  token: string | null;
}

export interface ClusterParts {
  dataDir: string;
  origin: Origin;
  auth: Authorizer;
  localId: string;
  onRefused: OnRefused;
  want: (client: string, ticket: Path.Valid, ended: AbortSignal) => Promise<void>;
  dialPeer: (address: PeerAddr, signal: AbortSignal) => Promise<Transport>;
}

const WORDS: Readonly<Record<PushFailure, string>> = {
  invalid: 'the address of --cluster makes no sense',
  offline: 'the relay of --cluster does not answer; this keeps trying',
  refused: 'the relay of --cluster refused; see --cluster-token, and its own --auth-url',
  incompatible:
    'what answers at the address of --cluster is no relay that is understood, or not one to trust',
  lost: 'the connection was lost; it is being restored',
};

/**
 * This relay as a gateway of a cluster of moq-relays: what it has is published there, pulled tickets among it, and it
 * answers the cluster's edges, by which it hears which tickets are wanted. It takes nothing from the cluster: a
 * session of this kind has no way to tell which announcements are its own that come back.
 */
export class Cluster {
  readonly auth: ClusterAuth;
  readonly #scope = new Scope();
  readonly #push: Push;

  private constructor(options: ClusterOptions, parts: ClusterParts, secret: string) {
    const { origin, auth, localId, want, dialPeer, onRefused } = parts;
    this.auth = new ClusterAuth({ secret, auth, localId, want, onRefused });
    this.#scope.own(() => this.auth.close());
    const url = new URL(options.url);
    if (options.token === null) url.searchParams.set(CLUSTER_SECRET_PARAM, secret);
    this.#push = new Push({
      origin,
      label: 'cluster',
      grants: { read: [mount('', '')], publish: [], pull: false },
      dial: pushDial(url.href, options.token ?? '', dialPeer),
      failureOf: pushFailureOf,
      words: WORDS,
    });
    this.#scope.own(() => this.#push.close());
    let told = '';
    this.#scope.own(
      this.#push.state.subscribe(({ state, message }) => {
        const text = state === 'live' ? `joined ${url.host}` : message;
        if (state === 'connecting' || text === told) return;
        told = text;
        if (state === 'live') log.info(`cluster: ${text}`);
        else log.warn(`cluster: ${text}`);
      }),
    );
  }

  /** @throws Error that names the secret's file */
  static async open(options: ClusterOptions, parts: ClusterParts): Promise<Cluster> {
    return new Cluster(options, parts, await loadClusterSecret(parts.dataDir));
  }

  /** Whether the cluster has what this relay has. */
  get joined(): boolean {
    return this.#push.state.get().state === 'live';
  }

  close(): Promise<void> {
    return this.#scope.close();
  }
}
