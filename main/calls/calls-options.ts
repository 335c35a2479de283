import type { Readable } from '../../common/base/store.ts';
import type { Settings } from '../../common/bridge/bridge.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import type { Origin } from '../origin/origin.ts';
import type { Session } from '../origin/session.ts';
import type { CallTimes } from './call.ts';
import type { CallBook } from './call-book.ts';
import type { CallTransport } from './call-connection.ts';
import type { CallEvent } from './call-event.ts';
import type { DoorLimits } from './call-screening.ts';
import type { DialFault } from './disconnect.ts';
import type { OngoingFile } from './ongoing.ts';

export interface CallLimits extends DoorLimits {
  /** Rings in a minute of all those together who are not known here: ids cost nothing to make. */
  strangersPerMinute: number;
  /** Callers that wait while a call goes on; more are told that this one is busy. */
  waiting: number;
  /** How long one attempt to get a lost call back may take, in milliseconds; others start beside it meanwhile. */
  redialMs: number;
}

export const CALL_LIMITS: CallLimits = {
  connectionsPerMinute: 60,
  quietMs: 2_000,
  strangersPerMinute: 6,
  waiting: 5,
  redialMs: 10_000,
};

export interface CallsOptions {
  origin: Origin;
  /** This endpoint's own id. */
  localId: string;
  book: CallBook;
  settings: Readable<Settings>;
  /** Whether every caller is let in at once. */
  autoAccept: boolean;
  /** Opens one connection; rejects with something that `faultOf` understands. */
  dial: (address: PeerAddr, options: { signal: AbortSignal; timeoutMs?: number }) => Promise<CallTransport>;
  faultOf: (error: unknown) => DialFault;
  onEvent: (event: CallEvent) => void;
  /** A session carries a call from now on, until it ends. */
  onLink?: (session: Session, callId: string) => void;
  times?: Partial<CallTimes>;
  limits?: Partial<CallLimits>;
  /** Where the call that goes on is kept for a process that is started after this one was killed. */
  ongoing?: OngoingFile;
}
