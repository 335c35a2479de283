import Session, { selectSubprotocol } from '@moq/qmux';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import type { MediaTransport } from './media-transport.ts';
import { MOQ_PROTOCOLS } from './moq-protocols.ts';
import { guardRecords } from './record-guard.ts';

/** The QMux draft used between parts of this app. They ship together, so no older draft is needed. */
export const QMUX_VERSION = 'qmux-02';

/**
 * Flow control windows in bytes, for one stream and for the whole session. A keyframe fits into the stream
 * window. The session window is small enough to be buffered for each of the app's windows.
 */
const STREAM_WINDOW_BYTES = 2n * 1024n * 1024n;
const SESSION_WINDOW_BYTES = 16n * 1024n * 1024n;
/**
 * Maximum number of unidirectional streams. The app's window uses the same limit. It suits a trusted peer:
 * the app's window, or a relay that this side dials.
 */
const MAX_UNI_STREAMS = 1024n;
/** Maximum number of bidirectional streams, which is the same as over iroh. */
const MAX_BI_STREAMS = 256n;
/**
 * Maximum fill level of the socket's send buffer in bytes. It is low, because urgent data cannot overtake
 * bytes in that buffer. qmux checks for free space only every 10 ms, so 256 KiB allow 200 Mbit/s.
 */
const SEND_BUFFER_BYTES = 256 * 1024;
/**
 * The session ends when nothing has arrived from the peer for this long, in ms. qmux sends pings so that a
 * session without data does not end.
 */
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
 * Accepts a session over a socket: a WebSocket that a server accepted, or a message port wrapped as one.
 * Takes ownership of the socket and its handlers. `protocol` is the MoQ version, such as `moq-lite-05`. If
 * the socket is lost without a close message, the session's `closed` rejects; callers may ignore this.
 */
export function acceptQmux(socket: MediaSocket, protocol: string): MediaTransport {
  return Session.accept(guardRecords(socket), {
    protocol: `${QMUX_VERSION}.${protocol}`,
    ...QMUX_LIMITS,
  });
}

/**
 * Selects one of the WebSocket subprotocols that a client offers: as in moq-relay, the newest MoQ version on
 * the newest common QMux draft. Returns undefined if there is none. The older format `webtransport` is not
 * supported, because it limits neither the number of streams nor their buffered data.
 */
export function chooseSubprotocol(offered: Iterable<string>): string | undefined {
  const versions = Object.fromEntries(MOQ_PROTOCOLS.map((protocol) => [protocol, null]));
  const known = [...offered].filter((protocol) => protocol !== 'webtransport');
  return selectSubprotocol(known, { protocols: [...MOQ_PROTOCOLS], versions });
}

/**
 * Like `acceptQmux`, but for clients that are not part of this product: the socket's subprotocol determines
 * the versions. `maxStreams` applies to each stream type.
 */
export function acceptForeignQmux(socket: MediaSocket, options: { maxStreams: number }): MediaTransport {
  const maxStreams = BigInt(options.maxStreams);
  return Session.accept(guardRecords(socket), {
    sendBufferSize: SEND_BUFFER_BYTES,
    config: { ...config, maxStreamsUni: maxStreams, maxStreamsBidi: maxStreams },
  });
}
