// The small build of zod, because the relay's pages load this file.
import * as z from 'zod/mini';
import { pullFailures } from './pull-failure.ts';

/**
 * The HTTP API of a relay, for its pages and the app. Media does not use it: that flows over MoQ sessions on the same port
 * (WebTransport and WebSocket), where the path of the URL is the root of the session and `?jwt=` its token, as on a
 * moq-relay.
 *
 * A broadcast that is published on the relay at the path `NAME` can be watched over iroh with the ticket `ticketBase + NAME`.
 * The text of a ticket is also a path: reading it makes the relay pull that ticket.
 */
export const RELAY_PORT = 4443;

/** Paths of the pages. `/` and `/embed` accept `?name=`: a ticket, or a path on the relay. */
export const RELAY_PAGES = { viewer: '/', publish: '/publish', embed: '/embed' } as const;
/** Path of the pages' scripts, styles and images. */
export const RELAY_ASSETS = '/assets/';

/** Path of `relayInfoSchema` as JSON. */
export const RELAY_INFO = '/relay.json';
/** Only in development: the SHA-256 of the WebTransport certificate, 64 lower-case hex digits. */
export const RELAY_CERTIFICATE = '/certificate.sha256';
/** `text/event-stream` of `PullReport` for one ticket: `?name=<ticket>[&jwt=<token>]`. */
export const RELAY_PULL_EVENTS = '/pull-events';
/** Path of the health check. */
export const RELAY_HEALTH = '/healthz';
/** Path of the Prometheus metrics. */
export const RELAY_METRICS = '/metrics';

/** The query parameter for a token, on all paths above and on sessions. */
export const RELAY_TOKEN_PARAM = 'jwt';

/** `GET /relay.json[?jwt=]`: facts about the relay, and what the bearer of the token may do. */
export const relayInfoSchema = z.object({
  version: z.string(),
  endpointId: z.string(),
  /** The text of a ticket to the relay's own endpoint, up to and including the `/` before the name. */
  ticketBase: z.string(),
  /** Port and path of WebTransport; null if only WebSocket is served. */
  webTransport: z.nullable(z.object({ port: z.int(), path: z.string() })),
  /** The hash of a self-signed certificate, which clients must pin; null if browsers trust the certificate. */
  certificateSha256: z.nullable(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  /** Path prefixes, in whole parts, below which the bearer may publish. `''` is everywhere; an empty list is nowhere. */
  publish: z.array(z.string()),
  /** The same for reading. */
  read: z.array(z.string()),
  /** The same for reading without a token, as with a plain link, or over iroh. */
  publicRead: z.array(z.string()),
  /** Whether the bearer may make the relay pull tickets. */
  mayPull: z.boolean(),
});
/** The parsed response of `/relay.json`. */
export type RelayInfo = z.infer<typeof relayInfoSchema>;

/**
 * connecting: dialling the publisher. waiting: connected, but the broadcast has not appeared yet. live: available. ended:
 * its publisher stopped it. failed: no connection. released: not pulled, because no session reads it.
 */
const pullReportStates = ['connecting', 'waiting', 'live', 'ended', 'failed', 'released'] as const;

/**
 * One event of `/pull-events`, as the JSON of its data. It has the complete state, and is sent at once and at each change.
 * Listening does not start a pull and does not count as reading.
 */
export const pullReportSchema = z.object({
  state: z.enum(pullReportStates),
  /** Why it failed; null in all other states. */
  failure: z.nullable(z.enum(pullFailures)),
  /** The failure in whole sentences for the user; empty in all other states. */
  message: z.string(),
  /** Number of sessions that read a media track. */
  readers: z.int().check(z.minimum(0)),
  /** The network path from the relay to the publisher; null while there is none. */
  upstream: z.nullable(z.object({ kind: z.enum(['direct', 'relayed']), rttMs: z.number() })),
});
/** The parsed data of one event of `/pull-events`. */
export type PullReport = z.infer<typeof pullReportSchema>;
