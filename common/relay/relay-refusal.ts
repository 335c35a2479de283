/**
 * Why a relay refuses all sessions of a client. `expired`: the token has expired. `token`: the token is
 * invalid. `needed`: a token is required. The others are limits, and a later attempt may succeed.
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
