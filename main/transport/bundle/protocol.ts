/**
 * The bundle protocol: one MoQ session over up to four iroh connections between two endpoints of this program.
 *
 * The first connection carries the session. While it is the only one, each stream of the session is a QUIC stream
 * that begins with a short header. If the link loses packets at random, the endpoint that dialed opens
 * additional connections with `BUNDLE_JOIN_ALPN`, and streams are cut into records, each on a QUIC stream of its
 * own. Bidirectional streams and datagrams always use the first connection unchanged.
 */

/** ALPN of the first connection of a bundle. */
export const BUNDLE_ALPN = 'iroh-live-bundle/1';
/** ALPN of an additional connection. It closes unless the session's secret arrives on its first stream. */
export const BUNDLE_JOIN_ALPN = 'iroh-live-bundle-join/1';
/** The MoQ version of all sessions over `BUNDLE_ALPN`. */
export const BUNDLE_MOQ_PROTOCOL = 'moq-lite-05';

/** Maximum number of connections in a bundle, including the first. */
export const MAX_CONNECTIONS = 4;
/** Maximum number of a record's bytes, without its header. */
export const MAX_RECORD_BYTES = 8 * 1024;
/**
 * How many bytes of a stream that is cut may be sent beyond those that the peer has read. Nearly QUIC's window for a
 * stream in iroh, 1.25 MB.
 */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
/** Length of a session's secret in bytes. */
export const SECRET_BYTES = 32;

/** Close codes of connections. 0 is a normal end. */
export const CLOSE_VIOLATION = 3;

/** Thrown if a peer violates the bundle protocol. The session is closed. */
export class BundleViolation extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BundleViolation';
  }
}
