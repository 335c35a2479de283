import { Scope } from '../../common/base/scope.ts';
import { CALL_NAME, CALLS_PREFIX, type CallRecord } from '../../common/bridge/bridge.ts';
import { unnamedPeer } from '../../common/words/caller-identity.ts';
import { sanitizeName } from '../../common/words/display-name.ts';
import { exactMount, type Grants } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { type CallConnection, closeInfoOf, isConnectionLoss, REPLACED } from './call-connection.ts';
import { receiveStatus, type WireStatus } from './call-status.ts';
import type { CallTimes } from './call-times.ts';
import { type CallView, newCallView, reconnectingView } from './call-view.ts';
import {
  type CallEnd,
  type CloseInfo,
  callResultOf,
  type DialFailure,
  HANG_UP,
  REFUSED,
} from './disconnect.ts';
import { LocalStatus } from './local-status.ts';
import { TrackPrefetch } from './track-prefetch.ts';

/**
 * Fraction of the ring time after which a close by the peer counts as a timeout. Both sides ring for the same time,
 * but they start about one round trip apart.
 */
const RANG_OUT = 0.95;

/** Close information for a connection that was lost. */
const LOST: CloseInfo = { by: 'transport', code: 0, reason: 'lost' };

/** Options for a `Call`: its identity, and callbacks for its changes. */
interface CallOptions {
  id: string;
  direction: 'out' | 'in';
  /** The peer's endpoint id. */
  peer: string;
  origin: Origin;
  times: CallTimes;
  /** This side's initial status. */
  status: WireStatus;
  /**
   * Returns the peer's name for use in messages; null if the peer has no name. `claimedName` is the name that the
   * peer claims.
   */
  peerNameFor: (claimedName: string) => string | null;
  /** Called when a new connection starts to carry the call. */
  onConnection: (call: Call, connection: CallConnection) => void;
  /** Called when the view has changed. */
  onChange: (call: Call) => void;
  /** Called when an active call has lost its connection and needs a new one. */
  onLost: (call: Call) => void;
}

/**
 * One call, from dialing or ringing until its end, with its connection, both broadcasts, the status and the
 * timeouts. The connection can be replaced; the Origin paths of the broadcasts stay the same.
 */
export class Call {
  readonly id: string;
  readonly peer: string;
  readonly #options: CallOptions;
  readonly #scope = new Scope();
  /** Origin paths of this side's broadcast and of the peer's broadcast. */
  readonly #out;
  readonly #in;
  readonly #status: LocalStatus;
  readonly #prefetch = new TrackPrefetch();
  #view: CallView;
  #connection: CallConnection | undefined;
  #reached: CallEnd['reached'] = 'dialing';
  #outcome: CallRecord['outcome'] = 'failed';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: CallOptions) {
    const { id, direction, peer, status } = options;
    this.#options = options;
    this.id = id;
    this.peer = peer;
    this.#out = exactMount(`${CALLS_PREFIX}/${id}/out`, CALL_NAME);
    this.#in = exactMount(`${CALLS_PREFIX}/${id}/in`, CALL_NAME);
    this.#view = newCallView(id, direction, peer);
    // A callee does not reveal its name before it accepts the call, because anyone could be calling.
    this.#status = new LocalStatus(status, direction === 'out');
    this.#scope.own(() => clearTimeout(this.#timer));
    this.#scope.own(() => this.#prefetch.close());
    this.#scope.own(this.#watchMedia());
  }

  get view(): CallView {
    return this.#view;
  }

  get state(): CallView['state'] {
    return this.#view.state;
  }

  /** How the call ended, for the history. */
  get outcome(): CallRecord['outcome'] {
    return this.#outcome;
  }

  /** The connection that currently carries the call. */
  get connection(): CallConnection | undefined {
    return this.#connection;
  }

  /** This side's status, as reported by the window. */
  get ownStatus(): WireStatus {
    return this.#status.current;
  }

  /** Aborted when the call ends. */
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** Moves the call to a new connection and closes the previous one. */
  attach(connection: CallConnection): void {
    if (this.state === 'ended') {
      void connection.session.close(REPLACED);
      return;
    }
    const previous = this.#connection;
    this.#connection = connection;
    const { session } = connection;
    this.#status.attach(session);
    receiveStatus(session, (status) => this.#applyRemoteStatus(connection, status));
    session.regrant(this.#grants());
    this.#options.onConnection(this, connection);
    void closeInfoOf(connection).then((close) => this.#detach(connection, close));
    if (previous) void previous.session.close(REPLACED);
    if (this.#reached === 'dialing') this.#ring();
    // A peer that reconnects wants to continue. A peer that we redialed must confirm: it may have forgotten the call.
    else if (this.state === 'reconnecting' && connection.incoming) this.#activate();
  }

  /** Accepts a ringing call. */
  accept(): void {
    if (this.state === 'ringing') this.#activate();
  }

  /** Ends the call from this side. The peer receives the close code and reason. */
  end(close: { code: number; reason: string } = HANG_UP, cause?: CallEnd['cause']): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#finish({ by: 'local', ...close }, cause);
    void connection?.session.close(close.reason, close.code);
  }

  /** Ends the call because the peer cannot be reached. */
  fail(failure: DialFailure): void {
    this.#finish(undefined, failure);
  }

  /** Changes this side's status and sends it to the peer. */
  updateStatus(status: Partial<WireStatus>): void {
    this.#status.update(status);
    this.#publishOwnStatus();
  }

  /** Tells the peer whether this app has a window. Without a window, camera and microphone are reported as off. */
  setAway(away: boolean): void {
    this.#status.setAway(away);
  }

  get #peerName(): string | null {
    return this.#options.peerNameFor(this.#view.remote?.name ?? '');
  }

  /** The peer's name for use inside a sentence, or a generic word if the peer has no name. */
  get #peerWords(): string {
    return this.#peerName ?? unnamedPeer(this.#options.direction, this.peer);
  }

  /**
   * Returns the peer's access rights. A callee does not let the caller read its media before it has accepted
   * the call.
   */
  #grants(): Grants {
    const offersMedia = this.#options.direction === 'out' || this.#reached === 'active';
    return { read: offersMedia ? [this.#out] : [], publish: [this.#in], pull: false };
  }

  #ring(): void {
    const { direction, times } = this.#options;
    this.#reached = 'ringing';
    this.#setTimeout(times.ringMs, () => this.end(direction === 'out' ? HANG_UP : REFUSED, 'noAnswer'));
    this.#change({ state: 'ringing' });
    this.#activateIfAnswered(this.#view.hasMedia);
  }

  #activate(): void {
    this.#reached = 'active';
    clearTimeout(this.#timer);
    this.#status.accept();
    this.#publishOwnStatus();
    this.#connection?.session.regrant(this.#grants());
    const activeAtMs = this.#view.activeAtMs ?? Date.now();
    this.#change({ state: 'active', activeAtMs, reason: null, message: null });
  }

  #publishOwnStatus(): void {
    const { muted, pictureOff, sharing } = this.#status.current;
    this.#change({ own: { muted, pictureOff, sharing } });
  }

  #applyRemoteStatus(connection: CallConnection, { accepted, ...remote }: WireStatus): void {
    if (connection !== this.#connection) return;
    // While a call rings, the caller must not be able to change the name that the user sees when accepting it.
    const shownName = isRingingHere(this) ? sanitizeName(this.#view.remote?.name ?? '') : '';
    this.#change({ remote: shownName === '' ? remote : { ...remote, name: shownName } });
    this.#activateIfAnswered(accepted === true);
  }

  /**
   * Detects that an outgoing call has been answered: from the peer's status or, if the peer's app sends none, from
   * its media.
   */
  #activateIfAnswered(answered: boolean): void {
    if (!answered || this.#options.direction !== 'out' || !this.#connection) return;
    if (this.state === 'ringing' || this.state === 'reconnecting') this.#activate();
  }

  #watchMedia(): () => void {
    return this.#options.origin.watch(this.#in.origin, ({ path, current }) => {
      if (path !== this.#in.origin) return;
      const hasMedia = current !== undefined;
      if (current) this.#prefetch.broadcastAppeared(current);
      this.#change({ hasMedia });
      this.#activateIfAnswered(hasMedia);
    });
  }

  #detach(connection: CallConnection, close: CloseInfo | undefined): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    this.#prefetch.connectionLost();
    const lost = isConnectionLoss(close);
    if (lost && this.#reached === 'active') this.#reconnect();
    else this.#finish(lost ? LOST : close);
  }

  #reconnect(): void {
    if (this.state !== 'reconnecting') this.#abandonAfter(this.#options.times.reconnectMs);
    this.#change(reconnectingView(this.#peerWords));
    this.#options.onLost(this);
  }

  #abandonAfter(ms: number): void {
    this.#setTimeout(ms, () => this.#finish(LOST, 'reconnect'));
  }

  #finish(close: CloseInfo | undefined, cause?: CallEnd['cause']): void {
    if (this.state === 'ended') return;
    const { direction } = this.#options;
    const actualCause = cause ?? (this.#hasRungOut(close) ? 'noAnswer' : undefined);
    const end: CallEnd = {
      direction,
      reached: this.#reached,
      close,
      ...(actualCause ? { cause: actualCause } : {}),
    };
    const { reason, error, outcome, message } = callResultOf(end, this.#peerName, this.peer);
    this.#outcome = outcome;
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.session.close(HANG_UP.reason, HANG_UP.code);
    this.#change({ state: 'ended', hasMedia: false, reason, error, message });
    void this.#scope.close();
  }

  /**
   * Whether the call ended because the caller's ring timeout expired just before this side's, and not because the
   * caller hung up.
   */
  #hasRungOut(close: CloseInfo | undefined): boolean {
    const rangMs = Date.now() - this.#view.startedAtMs;
    const { direction, times } = this.#options;
    const isCallee = direction === 'in' && this.#reached === 'ringing' && close?.by === 'remote';
    return isCallee && rangMs >= times.ringMs * RANG_OUT;
  }

  #setTimeout(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }

  #change(change: Partial<CallView>): void {
    if (this.state === 'ended') return;
    this.#view = { ...this.#view, ...change };
    this.#options.onChange(this);
  }
}

/** Whether the call is waiting for this side to accept it. */
export function isRingingHere({ view, state }: Call): boolean {
  return view.direction === 'in' && state === 'ringing';
}
