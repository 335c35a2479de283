/** Timeouts for one call. */
export interface CallTimes {
  /** How long an unanswered call rings on each side, in milliseconds. */
  ringMs: number;
  /** How long the app tries to restore a lost connection before it ends the call, in milliseconds. */
  reconnectMs: number;
  /**
   * How long a call continues after its last window has closed, in milliseconds. A page reload takes a second or two.
   */
  noWindowMs: number;
}

/** The application's timeouts. Tests use shorter ones. */
export const CALL_TIMES: CallTimes = { ringMs: 45_000, reconnectMs: 60_000, noWindowMs: 10_000 };
