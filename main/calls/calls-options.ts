import type { Readable } from '../../common/base/store.ts';
import type { CallError, CallState, DisconnectReason, Settings } from '../../common/bridge/bridge.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import type { Origin } from '../origin/origin.ts';
import type { Session } from '../origin/session.ts';
import type { CallBook } from './call-book.ts';
import type { CallTransport } from './call-connection.ts';
import type { ScreeningLimits } from './call-screening.ts';
import type { CallTimes } from './call-times.ts';
import type { DialFailure } from './disconnect.ts';
import type { OngoingCallFile } from './ongoing-call.ts';
import type { StrangerRingLimits } from './stranger-rings.ts';

/** Limits for all calls of the endpoint. */
export interface CallLimits extends ScreeningLimits, StrangerRingLimits {
  /** Maximum number of callers that can wait during a call. Further callers get a busy signal. */
  waiting: number;
  /** Number of waiting slots that are reserved for contacts, so that strangers cannot use all of them. */
  waitingContacts: number;
  /**
   * Maximum number of simultaneous silenced calls for each `Standing`. A silenced call rings only for the
   * caller; any further callers get a busy signal.
   */
  silenced: number;
  /** Timeout of one attempt to restore a lost call, in milliseconds. Further attempts run in parallel. */
  redialMs: number;
}

/** The application's limits. Tests use lower ones. */
export const CALL_LIMITS: CallLimits = {
  connectionsPerMinute: 60,
  quietMs: 2_000,
  strangersPerMinute: 6,
  strangersPerHour: 30,
  waiting: 5,
  waitingContacts: 2,
  silenced: 8,
  redialMs: 10_000,
};

/** Options for `Calls`: the parts of the application that calls use. */
export interface CallsOptions {
  origin: Origin;
  /** This endpoint's id. */
  localId: string;
  book: CallBook;
  settings: Readable<Settings>;
  /** Whether to accept every call immediately. */
  autoAccept: boolean;
  /** Whether only contacts can ring, even if the user's setting allows others. */
  onlyContacts: boolean;
  /** Opens a connection. Rejects with an error that `failureOf` can classify. */
  dial: (address: PeerAddr, options: { signal: AbortSignal; timeoutMs?: number }) => Promise<CallTransport>;
  failureOf: (error: unknown) => DialFailure;
  onEvent: (event: CallEvent) => void;
  /** Called when a session starts to carry a call. The session carries that call until it closes. */
  onConnection?: (session: Session, callId: string) => void;
  times?: Partial<CallTimes>;
  limits?: Partial<CallLimits>;
  /**
   * The file that stores the current call. After a crash, the next process uses it to ask the user whether to
   * call again.
   */
  ongoing?: OngoingCallFile;
}

/** A JSON event, emitted whenever a call's state changes. A call that is reconnecting is reported as `dialing`. */
export interface CallEvent {
  event: 'call';
  state: Exclude<CallState['state'], 'reconnecting'>;
  direction: 'out' | 'in';
  peer: string;
  /** Whether the peer is one of the user's contacts. */
  contact: boolean;
  reason: DisconnectReason | null;
  error: CallError | null;
  message: string | null;
}
