import type { Scope } from '../../common/base/scope.ts';
import type { Readable } from '../../common/base/store.ts';
import { CALLS_PREFIX, LIVE_PREFIX } from '../../common/bridge/bridge.ts';
import { RESERVED_NAMES } from '../../common/ticket/broadcast-name.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { log } from '../base/log.ts';
import { ThrottledLog } from '../base/throttled-log.ts';
import type { CallBook } from '../calls/call-book.ts';
import type { Calls } from '../calls/calls.ts';
import { REFUSED } from '../calls/disconnect.ts';
import type { IncomingPeer } from '../endpoint/endpoint.ts';
import type { ConnectionMonitor } from '../network/connection-monitor.ts';
import { CALL_LIVENESS, LIVENESS, watchLiveness } from '../network/liveness.ts';
import { clientOfPeer } from '../network/peer-client.ts';
import { type Grants, viewerGrants, windowGrants } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { Session, type Transport } from '../origin/session.ts';
import type { Puller } from '../pull/puller.ts';
import type { Broadcasts } from './broadcasts.ts';
import { DeliveryMeter } from './delivery-meter.ts';
import { PEER_SLOT_LIMITS, type PeerSlotLimits, PeerSlots, type PeerUse } from './peer-slots.ts';

/** The parts of the app that serve accepted sessions. */
interface SessionAcceptorOptions {
  /** Closing this scope closes all accepted sessions. */
  scope: Scope;
  origin: Origin;
  puller: Puller;
  calls: Calls;
  connectionMonitor: ConnectionMonitor;
  broadcasts: Broadcasts;
  book: CallBook;
  /** Whether viewers may list all live broadcasts instead of requesting each by its name. */
  listed: Readable<boolean>;
  slotLimits: Partial<PeerSlotLimits>;
  onViewerLeft: () => void;
}

/** A remote peer that is allowed to watch. */
interface Viewer {
  /** Undefined during the handshake. */
  session: Session | undefined;
  /** Whether the session belongs to a call. */
  isCaller: boolean;
}

/** Close code for a peer that did not use its connection. It may connect again. */
const CLOSE_NOT_USED = 0;
const CLOSE_TOO_MANY = 2;

/** Accepts sessions on the Origin from the app's windows and from remote peers, which are viewers or callers. */
export class SessionAcceptor {
  readonly #options: SessionAcceptorOptions;
  readonly #viewers = new Set<Session>();
  readonly #remoteIds = new WeakMap<Session, string>();
  readonly #slots: PeerSlots;
  readonly #deliveryMeter: DeliveryMeter;
  readonly #refusals = new ThrottledLog({ write: log.info });

  constructor(options: SessionAcceptorOptions) {
    this.#options = options;
    const { scope, book } = options;
    const slotLimits = { ...PEER_SLOT_LIMITS, ...options.slotLimits };
    this.#slots = new PeerSlots((remoteId) => book.isContact(remoteId), slotLimits);
    this.#deliveryMeter = new DeliveryMeter(slotLimits.watchingWindowMs);
    scope.own(() => this.#slots.close());
    scope.own(() => this.#refusals.close());
    scope.own(book.contacts.subscribe(() => this.#disconnectBlocked()));
    scope.own(
      options.listed.subscribe(() => {
        for (const session of this.#viewers) session.regrant(this.#viewerGrants());
      }),
    );
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
      publisher: ['window'],
      onPathRequest: (path, ended) => puller.want(path, ended),
    });
    const disown = scope.own(() => session.close('the app was closed'));
    session.scope.own(disown);
    session.scope.own(calls.attachWindow());
  }

  /**
   * Accepts a remote peer's session, or closes its transport if the peer is blocked or connects too often, or
   * if no slot is free. Rejects if the handshake fails.
   */
  async acceptPeer(peer: IncomingPeer): Promise<void> {
    const { scope, origin, calls, connectionMonitor, broadcasts, onViewerLeft } = this.#options;
    const { remoteId, transport } = peer;
    if (calls.refuses(remoteId)) return transport.close({ closeCode: REFUSED.code, reason: REFUSED.reason });
    const viewer: Viewer = { session: undefined, isCaller: false };
    const release = calls.screening.admits(remoteId)
      ? this.#slots.acquire({
          remoteId,
          client: () => clientOfPeer(peer),
          use: () => this.#useOf(viewer),
          disconnect: (reason) => transport.close({ closeCode: CLOSE_NOT_USED, reason }),
        })
      : undefined;
    if (!release) {
      this.#refusals.add(`viewer ${shortId(remoteId)}: too many connections; refused`);
      return transport.close({ closeCode: CLOSE_TOO_MANY, reason: 'too many connections' });
    }
    const wasListed = this.#options.listed.get();
    let session: Session;
    try {
      session = await Session.accept(transport, {
        origin,
        grants: this.#viewerGrants(),
        label: `viewer ${shortId(remoteId)}`,
        publisher: [remoteId],
        client: clientOfPeer(peer),
        onAnnounceInterest: (prefix) => this.#reportListing(prefix),
      });
    } catch (error) {
      release();
      throw error;
    }
    // The peer may have been blocked during the handshake.
    if (calls.refuses(remoteId)) {
      release();
      return session.close(REFUSED.reason, REFUSED.code);
    }
    viewer.session = session;
    this.#remoteIds.set(session, remoteId);
    this.#viewers.add(session);
    // The setting may have changed during the handshake.
    if (wasListed !== this.#options.listed.get()) session.regrant(this.#viewerGrants());
    const disown = scope.own(() => session.close('cancelled'));
    const setLiveness = watchLiveness(session, LIVENESS);
    connectionMonitor.add(session, 'viewer', () => broadcasts.namesReadBy(session));
    session.scope.own(() => {
      release();
      this.#viewers.delete(session);
      disown();
      onViewerLeft();
    });
    // If the peer turns out to be a caller, its session belongs to its call and no longer counts as a viewer.
    void calls.screening.screen(session, transport, () => {
      viewer.isCaller = true;
      this.#viewers.delete(session);
      setLiveness(CALL_LIVENESS);
    });
  }

  #viewerGrants(): Grants {
    return viewerGrants(LIVE_PREFIX, RESERVED_NAMES, { listed: this.#options.listed.get() });
  }

  #useOf({ session, isCaller }: Viewer): PeerUse {
    if (isCaller) return 'call';
    if (!session) return 'idle';
    const publishers = this.#options.broadcasts.publishersReadBy(session);
    if (publishers.length > 0 && this.#deliveryMeter.receivesEnough(session, publishers)) return 'watching';
    return session.hasRequests ? 'waiting' : 'idle';
  }

  #disconnectBlocked(): void {
    for (const session of [...this.#viewers]) {
      const remoteId = this.#remoteIds.get(session) ?? '';
      if (this.#options.calls.refuses(remoteId)) void session.close(REFUSED.reason, REFUSED.code);
    }
  }

  /**
   * Logs that a viewer requested the list of all broadcasts, which it may not see. iroh-live finds broadcasts
   * only in that list, so its users would otherwise wait without knowing why.
   */
  #reportListing(prefix: string): void {
    if (prefix !== '' || this.#options.listed.get()) return;
    this.#refusals.add(
      'a viewer asked for the list of all broadcasts, as iroh-live does; it gets none without --list-broadcasts',
    );
  }
}
