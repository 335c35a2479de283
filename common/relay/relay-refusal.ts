/**
 * Reasons why a relay refuses all sessions of a client. `expired` and `token` apply to the client's token; `needed`
 * means that nothing is allowed without a token. The others are limits that may have room again later.
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

/** The refusals that are limits. Another attempt may succeed later. */
export const relayLimits = ['sessions', 'sessions-per-client', 'bandwidth', 'bandwidth-per-client'] as const;
/** A limit that a relay has reached. */
export type RelayLimit = (typeof relayLimits)[number];

/**
 * The header with which a relay answers a request whose token it does not accept. Its value is `expired` or `token`.
 */
export const RELAY_REFUSAL_HEADER = 'iroh-live-refusal';
