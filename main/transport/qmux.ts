import Session, { selectSubprotocol } from '@moq/qmux';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import type { MediaTransport } from './media-transport.ts';

/** The newest QMux draft that both ends of this app have: they ship together. */
export const QMUX_VERSION = 'qmux-02';

/**
 * Bytes that a peer may send ahead of the reader, on one stream and on all together. A whole key frame fits, so that
 * one does not wait for the round trip of a window's update; and both stay small enough to be held for each window.
 */
const STREAM_WINDOW_BYTES = 2n * 1024n * 1024n;
const SESSION_WINDOW_BYTES = 16n * 1024n * 1024n;
/** As the window has it: it and the relay that this app dials are not strangers. They have `acceptForeignQmux`. */
const MAX_UNI_STREAMS = 1024n;
/** As over iroh. */
const MAX_BI_STREAMS = 256n;
/**
 * What may wait in the socket, in bytes: what is there can no longer be overtaken by something more urgent, and qmux
 * looks only every 10 ms whether there is room again. 256 KiB in 10 ms are 200 Mbit/s.
 */
const SEND_BUFFER_BYTES = 256 * 1024;
/** Without a sign of life for this long, in milliseconds, the other end is gone. qmux pings in between. */
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

/** What this end lets a peer have, and what it lets wait. */
export const QMUX_LIMITS = { config, sendBufferSize: SEND_BUFFER_BYTES };

/**
 * The server's side of a session over a socket: a WebSocket that a server accepted, or a message port dressed as one.
 * Takes over the socket and its handlers. `protocol` is the MoQ version, such as `moq-lite-05`.
 *
 * `closed` rejects when the socket is lost without a goodbye; that it does needs no handler.
 */
export function acceptQmux(socket: MediaSocket, protocol: string): MediaTransport {
  return Session.accept(socket, {
    protocol: `${QMUX_VERSION}.${protocol}`,
    ...QMUX_LIMITS,
  });
}

/** MoQ versions that clients of other makes may choose from: `moql` negotiates one by SETUP, as does none at all. */
const FOREIGN_PROTOCOLS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03', 'moql'];

/**
 * What to answer an offer of WebSocket subprotocols with, as moq-relay does: the newest MoQ version on the newest
 * QMux draft that both have. Undefined: nothing is known.
 */
export function chooseSubprotocol(offered: Iterable<string>): string | undefined {
  const versions = Object.fromEntries(FOREIGN_PROTOCOLS.map((protocol) => [protocol, null]));
  return selectSubprotocol([...offered], { protocols: FOREIGN_PROTOCOLS, versions });
}

/** As `acceptQmux`, for clients of any make: the socket's own subprotocol says what they speak. */
export function acceptForeignQmux(socket: MediaSocket, options: { maxStreams: number }): MediaTransport {
  const most = BigInt(options.maxStreams);
  return Session.accept(socket, {
    sendBufferSize: SEND_BUFFER_BYTES,
    config: { ...config, maxStreamsUni: most, maxStreamsBidi: most },
  });
}
