// The small build of zod: the relay's pages load this, and should come fast.
import * as z from 'zod/mini';
import { pullFailures } from './pull-failure.ts';

/**
 * What a relay's pages and the app may ask a relay over HTTP, in the words of both ends. Media does not pass here: it
 * goes over MoQ sessions on the same port (WebTransport and WebSocket), where any path of the URL is the session's
 * root and `?jwt=` its token, as on a moq-relay.
 *
 * A broadcast published on the relay at a path `NAME` is at once watchable over iroh with the ticket
 * `ticketBase + NAME`, and a ticket's text is a path that can be read like any other: the relay pulls it.
 */
export const RELAY_PORT = 4443;

/** Pages. `/` and `/embed` take the broadcast as `?name=`: a ticket, or a path on the relay. */
export const RELAY_PAGES = { viewer: '/', publish: '/publish', embed: '/embed' } as const;
/** Where the pages' scripts, styles and pictures are. */
export const RELAY_ASSETS = '/assets/';

export const RELAY_INFO = '/relay.json';
/** Development only: the SHA-256 of the WebTransport certificate, 64 lower-case hex digits. */
export const RELAY_CERTIFICATE = '/certificate.sha256';
/** `text/event-stream` of `PullReport` for one ticket: `?name=<ticket>[&jwt=<token>]`. */
export const RELAY_PULL_EVENTS = '/pull-events';
export const RELAY_HEALTH = '/healthz';
export const RELAY_METRICS = '/metrics';

/** The query parameter that carries a token, on every address above and on sessions. */
export const RELAY_TOKEN_PARAM = 'jwt';

/** `GET /relay.json[?jwt=]`: what the relay is, and what the bearer of the token may do. */
export const relayInfoSchema = z.object({
  version: z.string(),
  endpointId: z.string(),
  /** The text of a ticket to this relay's own endpoint, up to and with the `/` before the name. */
  ticketBase: z.string(),
  /** Where WebTransport is served; null when it is not, and WebSocket is all there is. */
  webTransport: z.nullable(z.object({ port: z.int(), path: z.string() })),
  /** The hash to trust when the certificate is self-signed; null when browsers trust it anyway. */
  certificateSha256: z.nullable(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  /** Below which paths the bearer may publish: prefixes of whole parts; an empty one is everywhere, none is nowhere. */
  publish: z.array(z.string()),
  /** The same for reading. */
  read: z.array(z.string()),
  /** What may be read without a token: whoever opens a link, or calls the relay over iroh, has none. */
  publicRead: z.array(z.string()),
  /** Whether tickets may be pulled. */
  mayPull: z.boolean(),
});
export type RelayInfo = z.infer<typeof relayInfoSchema>;

/**
 * connecting: the publisher is called. waiting: connected, and it does not publish the broadcast (yet). live, ended,
 * failed: as they say. released: nobody reads it (any more), so the relay holds nothing of it.
 */
export const pullReportStates = ['connecting', 'waiting', 'live', 'ended', 'failed', 'released'] as const;

/**
 * One event of `/pull-events`, as the JSON of its data: the whole state each time, at once and then at each change.
 * To listen starts no pull and counts as no reader.
 */
export const pullReportSchema = z.object({
  state: z.enum(pullReportStates),
  /** Why it failed; null in every other state. */
  failure: z.nullable(z.enum(pullFailures)),
  /** The same for people, whole sentences; empty when there is nothing to say. */
  message: z.string(),
  /** Sessions that read a media track of it now. */
  readers: z.int().check(z.minimum(0)),
  /** The path from the relay to the publisher; null while there is none. */
  upstream: z.nullable(z.object({ kind: z.enum(['direct', 'relayed']), rttMs: z.number() })),
});
export type PullReport = z.infer<typeof pullReportSchema>;
