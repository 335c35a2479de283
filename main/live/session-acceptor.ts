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

/** The parts of the app that serve accepted sessions. */
interface SessionAcceptorOptions {
  /** Closing this scope closes all accepted sessions. */
  scope: Scope;
  origin: Origin;
  puller: Puller;
  calls: Calls;
  connectionMonitor: ConnectionMonitor;
  broadcasts: Broadcasts;
  onViewerLeft: () => void;
}

/** Accepts sessions on the Origin from the app's windows and from remote peers, which are viewers or callers. */
export class SessionAcceptor {
  readonly #options: SessionAcceptorOptions;
  readonly #viewers = new Set<Session>();

  constructor(options: SessionAcceptorOptions) {
    this.#options = options;
  }

  /** The sessions of remote peers that are not callers. */
  get viewers(): ReadonlySet<Session> {
    return this.#viewers;
  }

  /** Accepts a window's media session. Rejects if the handshake fails. */
  async acceptWindow(transport: Transport): Promise<void> {
    const { scope, origin, puller, calls } = this.#options;
    const session = await Session.accept(transport, {
      origin,
      grants: windowGrants(LIVE_PREFIX, CALLS_PREFIX),
      label: 'window',
      publisher: 'window',
      onPathRequest: (path, ended) => puller.want(path, ended),
    });
    const disown = scope.own(() => session.close('the app was closed'));
    session.scope.own(disown);
    session.scope.own(calls.attachWindow());
  }

  /** Accepts a remote peer's session, or closes its transport if it connects too often. Rejects if the handshake fails. */
  async acceptPeer(peer: IncomingPeer): Promise<void> {
    const { scope, origin, calls, connectionMonitor, broadcasts, onViewerLeft } = this.#options;
    if (!calls.screening.admits(peer.remoteId)) {
      peer.transport.close({ closeCode: 2, reason: 'too many connections' });
      return;
    }
    const session = await Session.accept(peer.transport, {
      origin,
      grants: viewerGrants(LIVE_PREFIX, RESERVED_NAMES),
      label: `viewer ${shortId(peer.remoteId)}`,
      publisher: peer.remoteId,
    });
    this.#viewers.add(session);
    const disown = scope.own(() => session.close('cancelled'));
    const setLiveness = watchLiveness(session, LIVENESS);
    connectionMonitor.add(session, 'viewer', () => broadcasts.namesReadBy(session));
    session.scope.own(() => {
      this.#viewers.delete(session);
      disown();
      onViewerLeft();
    });
    // If the peer turns out to be a caller, its session belongs to its call and no longer counts as a viewer.
    void calls.screening.screen(session, peer.transport, () => {
      this.#viewers.delete(session);
      setLiveness(CALL_LIVENESS);
    });
  }
}
