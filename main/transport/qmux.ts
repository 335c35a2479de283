import Session, { selectSubprotocol } from '@moq/qmux';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import type { MediaTransport } from './media-transport.ts';

/** The newest QMux draft that both ends of this app support; they ship together. */
export const QMUX_VERSION = 'qmux-02';

/**
 * Flow control windows for one stream and for the session, in bytes. A keyframe fits into the stream's window, so it
 * does not wait for a window update; both are small enough to be buffered for each window of the app.
 */
const STREAM_WINDOW_BYTES = 2n * 1024n * 1024n;
const SESSION_WINDOW_BYTES = 16n * 1024n * 1024n;
/** Same as in the window. Trusts the peer, which is the app's window or a relay that it dials. */
const MAX_UNI_STREAMS = 1024n;
/** Same as over iroh. */
const MAX_BI_STREAMS = 256n;
/**
 * Limit on the socket's send buffer, in bytes. More urgent data cannot overtake bytes in that buffer, and qmux checks
 * only every 10 ms whether it has room. 256 KiB in 10 ms are 200 Mbit/s.
 */
const SEND_BUFFER_BYTES = 256 * 1024;
/** The session ends after this time without data from the peer, in milliseconds. qmux sends pings in between. */
const IDLE_TIMEOUT_MS = 30_000n;

const config = {
  maxStreamsUni: MAX_UNI_STREAMS,
  maxStreamsBidi: MAX_BI_STREAMS,
  maxData: SESSION_WINDOW_BYTES,
  maxStreamDataUni: STREAM_WINDOW_BYTES,
  maxStreamDataBidiLocal: STREAM_WINDOW_BYTES,
  maxStreamDataBidiRemote: STREAM_WINDOW_BYTES,
  maxIdleTimeout: IDLE_TIMEOUT_MS,
};

/** Session options with this side's limits, for peers that are part of this product. */
export const QMUX_LIMITS = { config, sendBufferSize: SEND_BUFFER_BYTES };

/**
 * Accepts a session over a socket: a WebSocket that a server accepted, or a message port wrapped as one. Takes ownership
 * of the socket and its handlers. `protocol` is the MoQ version, such as `moq-lite-05`.
 *
 * The session's `closed` rejects if the socket is lost without a close message. A handler for it is optional.
 */
export function acceptQmux(socket: MediaSocket, protocol: string): MediaTransport {
  return Session.accept(socket, {
    protocol: `${QMUX_VERSION}.${protocol}`,
    ...QMUX_LIMITS,
  });
}

/** MoQ versions offered to other clients. With `moql`, or without a version, SETUP messages negotiate one. */
const FOREIGN_PROTOCOLS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03', 'moql'];

/**
 * Selects from the WebSocket subprotocols that a client offers, as moq-relay does: the newest MoQ version on the newest
 * QMux draft that both support. Returns undefined if none is supported.
 */
export function chooseSubprotocol(offered: Iterable<string>): string | undefined {
  const versions = Object.fromEntries(FOREIGN_PROTOCOLS.map((protocol) => [protocol, null]));
  return selectSubprotocol([...offered], { protocols: FOREIGN_PROTOCOLS, versions });
}

/** Like `acceptQmux`, for any client: the socket's subprotocol selects the versions, and `maxStreams` is per type. */
export function acceptForeignQmux(socket: MediaSocket, options: { maxStreams: number }): MediaTransport {
  const maxStreams = BigInt(options.maxStreams);
  return Session.accept(socket, {
    sendBufferSize: SEND_BUFFER_BYTES,
    config: { ...config, maxStreamsUni: maxStreams, maxStreamsBidi: maxStreams },
  });
}
