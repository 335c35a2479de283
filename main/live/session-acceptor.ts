import type { Scope } from '../../common/base/scope.ts';
import { CALLS_PREFIX, LIVE_PREFIX } from '../../common/bridge/bridge.ts';
import { RESERVED_NAMES } from '../../common/ticket/broadcast-name.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import type { Calls } from '../calls/calls.ts';
import type { IncomingPeer } from '../endpoint/endpoint.ts';
import type { ConnectionMonitor } from '../network/connection-monitor.ts';
import { CALL_LIVENESS, LIVENESS, watchLiveness } from '../network/liveness.ts';
import { viewerGrants, windowGrants } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { Session, type Transport } from '../origin/session.ts';
import type { Puller } from '../pull/puller.ts';
import type { Broadcasts } from './broadcasts.ts';

export interface IncomingOptions {
  /** Closes the sessions. */
  scope: Scope;
  origin: Origin;
  puller: Puller;
  calls: Calls;
  links: ConnectionMonitor;
  broadcasts: Broadcasts;
  /** A viewer has left. */
  onLeft: () => void;
}

/** Those who come to the Origin: the app's windows, and peers from outside, who watch or call. */
export class Incoming {
  readonly #options: IncomingOptions;
  readonly #viewers = new Set<Session>();

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** The sessions of peers who are no callers. */
  get viewers(): ReadonlySet<Session> {
    return this.#viewers;
  }

  /** Attaches a window. Rejects when no session comes about. */
  async window(transport: Transport): Promise<void> {
    const { scope, origin, puller, calls } = this.#options;
    const session = await Session.accept(transport, {
      origin,
      grants: windowGrants(LIVE_PREFIX, CALLS_PREFIX),
      label: 'window',
      onWant: (path, ended) => puller.want(path, ended),
    });
    const forget = scope.own(() => session.close('the app was closed'));
    session.scope.own(forget);
    session.scope.own(calls.windowCame());
  }

  /** Lets a peer in, or turns it away. Rejects when no session comes about. */
  async peer(peer: IncomingPeer): Promise<void> {
    const { scope, origin, calls, links, broadcasts, onLeft } = this.#options;
    if (!calls.door.admits(peer.remoteId)) {
      peer.transport.close({ closeCode: 2, reason: 'too many connections' });
      return;
    }
    const session = await Session.accept(peer.transport, {
      origin,
      grants: viewerGrants(LIVE_PREFIX, RESERVED_NAMES),
      label: `viewer ${shortId(peer.remoteId)}`,
    });
    this.#viewers.add(session);
    const forget = scope.own(() => session.close('cancelled'));
    const watchAs = watchLiveness(session, LIVENESS);
    links.add(session, 'viewer', () => broadcasts.readBy(session));
    session.scope.own(() => {
      this.#viewers.delete(session);
      forget();
      onLeft();
    });
    // A caller is no viewer; its call owns the session from then on.
    void calls.door.watch(session, peer.transport, () => {
      this.#viewers.delete(session);
      watchAs(CALL_LIVENESS);
    });
  }
}
