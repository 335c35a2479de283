// The relay's pages load this file, so it uses the small build of zod. They load it on demand, so it does not
// delay their first paint.
import * as z from 'zod/mini';
import { pullFailures } from './pull-failure.ts';
import { relayLimits } from './relay-refusal.ts';

/**
 * The response to `GET /relay.json[?jwt=]`: properties of the relay, and the permissions of the token's
 * bearer.
 */
export const relayInfoSchema = z.object({
  version: z.string(),
  endpointId: z.string(),
  /** The text of a ticket to the relay's own endpoint, up to and including the `/` before the name. */
  ticketBase: z.string(),
  /** The WebTransport port and path; null if only WebSocket is served. */
  webTransport: z.nullable(z.object({ port: z.int(), path: z.string() })),
  /** The hash of a self-signed certificate, which clients must pin; null if browsers trust the certificate. */
  certificateSha256: z.nullable(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  /**
   * Path prefixes under which the bearer may publish, compared part by part. `''` means everywhere; an empty
   * list means nowhere.
   */
  publish: z.array(z.string()),
  /** Path prefixes under which the bearer may read. */
  read: z.array(z.string()),
  /** Path prefixes that can be read without a token, for example through a plain link or over iroh. */
  publicRead: z.array(z.string()),
  /** Whether the bearer may make the relay pull tickets. */
  mayPull: z.boolean(),
  /**
   * The limit that a new session of this client would exceed now; null if there is room. Older relays do not send it.
   */
  limit: z.optional(z.nullable(z.enum(relayLimits))),
});
/** The parsed response of `/relay.json`. */
export type RelayInfo = z.infer<typeof relayInfoSchema>;

/**
 * `connecting`: the publisher is being dialed. `waiting`: connected, but the broadcast has not appeared yet. `live`:
 * the broadcast is available. `ended`: its publisher has stopped it. `failed`: no connection. `released`: not pulled,
 * because no session reads it.
 */
const pullReportStates = ['connecting', 'waiting', 'live', 'ended', 'failed', 'released'] as const;

/**
 * The complete state of a pull, sent on `/pull-events` when the client connects and after each change.
 * Listening does not start a pull and does not count as reading.
 */
export const pullReportSchema = z.object({
  state: z.enum(pullReportStates),
  /** The reason for the failure; null unless the pull has failed. */
  failure: z.nullable(z.enum(pullFailures)),
  /** The failure in complete sentences for the user; empty unless the pull has failed. */
  message: z.string(),
  /** Number of sessions that read a video or audio track. */
  readers: z.int().check(z.minimum(0)),
  /** The name under which the broadcast is live, if it differs from the name in the ticket. */
  liveName: z.optional(z.string()),
  /** The network path from the relay to the publisher; null if they are not connected. */
  upstream: z.nullable(z.object({ kind: z.enum(['direct', 'relayed']), rttMs: z.number() })),
});
/** The parsed data of one event of `/pull-events`. */
export type PullReport = z.infer<typeof pullReportSchema>;
