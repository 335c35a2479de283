/**
 * Reasons why a relay refuses all sessions of a client. `expired`: the token has expired. `token`: the token is not valid.
 * `needed`: nothing is allowed without a token. The others are limits, so another attempt may succeed later.
 */
export const relayRefusals = [
  'expired',
  'token',
  'needed',
  'sessions',
  'sessions-per-client',
  'bandwidth',
  'bandwidth-per-client',
] as const;
/** A reason why a relay refuses all sessions of a client. */
export type RelayRefusal = (typeof relayRefusals)[number];

/** Refusals caused by a limit. Another attempt may succeed later. */
export const relayLimits = ['sessions', 'sessions-per-client', 'bandwidth', 'bandwidth-per-client'] as const;
/** A limit that a relay has reached. */
export type RelayLimit = (typeof relayLimits)[number];

/**
 * The response header that says why a relay did not accept a request's token. Its value is `expired` or `token`.
 */
export const RELAY_REFUSAL_HEADER = 'iroh-live-refusal';
