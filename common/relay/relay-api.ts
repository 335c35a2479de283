/**
 * A relay's HTTP API for its pages and the app. Media uses MoQ sessions on the same port (WebTransport and
 * WebSocket). As on a moq-relay, the path of a session's URL is the session's root, and `?jwt=` is its token.
 *
 * A broadcast published at the path `NAME` can be watched over iroh with the ticket `ticketBase + NAME`. The
 * text of a ticket is also a path: reading it makes the relay pull the ticket.
 */

/**
 * The close code that a relay sends when every broadcast name in a session is already in use by another
 * publisher. The pages and the app explain it to the user.
 */
export const CLOSE_TAKEN_PATH = 7;

/** The close code of a session whose token has expired. */
export const CLOSE_EXPIRED = 3;

/** The close code of the sessions of a client that exceeds its bandwidth limit. */
export const CLOSE_BANDWIDTH = 5;

/** The port that a relay listens on by default. */
export const RELAY_PORT = 4443;

/** Paths of the pages. `/` and `/embed` accept `?name=`: a ticket, or a path on the relay. */
export const RELAY_PAGES = { viewer: '/', publish: '/publish', embed: '/embed' } as const;
/** Path of the pages' scripts, styles and images. */
export const RELAY_ASSETS = '/assets/';

/** Path of the relay's properties as JSON, in the format of `relayInfoSchema` (relay-schemas.ts). */
export const RELAY_INFO = '/relay.json';
/**
 * Path of the WebTransport certificate's SHA-256 hash, as 64 lowercase hex digits. Exists only in development
 * mode.
 */
export const RELAY_CERTIFICATE = '/certificate.sha256';
/** Path of a `text/event-stream` of `PullReport` for one ticket: `?name=<ticket>[&jwt=<token>]`. */
export const RELAY_PULL_EVENTS = '/pull-events';
/** Path of the health check. */
export const RELAY_HEALTH = '/healthz';
/** Path of the readiness check: 200 if the relay can serve its pages, otherwise 503 with the reason. */
export const RELAY_READY = '/readyz';
/** Path of the list of broadcasts with their viewers as JSON, for operators. */
export const RELAY_BROADCASTS = '/broadcasts.json';
/** Path of the Prometheus metrics. */
export const RELAY_METRICS = '/metrics';

/** The query parameter for a token, on all paths above and in session URLs. */
export const RELAY_TOKEN_PARAM = 'jwt';
