import Session from '@moq/qmux';
import WebSocket from 'ws';
import { ReasonError } from '../../common/base/errors.ts';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import type { MediaTransport } from './media-transport.ts';
import { MOQ_PROTOCOLS } from './moq-protocols.ts';
import { QMUX_LIMITS } from './qmux.ts';
import { guardRecords, MAX_RECORD_BYTES } from './record-guard.ts';

/**
 * Why a dial failed. `offline`: no answer. `refused`: the server does not accept the token. `incompatible`: not a MoQ
 * server.
 */
export type DialFault = 'offline' | 'refused' | 'incompatible';

/** Error for a failed dial. */
export class DialError extends ReasonError<DialFault> {}

/**
 * The subprotocols that clients offer, newest first. The last entries are for servers that support only the oldest
 * wire format.
 */
const QMUX_VERSIONS = ['qmux-02', 'qmux-01', 'qmux-00'] as const;
const SUBPROTOCOLS = [
  ...MOQ_PROTOCOLS.flatMap((moq) => QMUX_VERSIONS.map((qmux) => `${qmux}.${moq}`)),
  'qmux-01',
  'qmux-00',
];

/** HTTP status codes that a server returns when it rejects a token. */
const REFUSAL_STATUSES: ReadonlySet<number> = new Set([401, 403]);

/**
 * Connects to a relay over WebSocket (`http:` becomes `ws:`, `https:` becomes `wss:`). The caller owns the
 * transport, whose `getStats()` reports byte counters.
 *
 * @throws DialError, or the signal's reason if it is aborted
 */
export async function dialWebSocket(address: URL, signal: AbortSignal): Promise<MediaTransport> {
  signal.throwIfAborted();
  const url = new URL(address);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  const socket = new WebSocket(url, SUBPROTOCOLS, {
    maxPayload: MAX_RECORD_BYTES,
    perMessageDeflate: false,
    followRedirects: false,
  });
  const bytes = countBytes(socket);
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // During the race, `Promise.race` handles a rejection. A later one is ignored, because the session reports
  // its own end.
  failed.catch(() => undefined);
  socket.on('error', (error) => reject(new DialError(faultOf(error), error.message, { cause: error })));
  socket.on('unexpected-response', (request, response) => {
    const status = response.statusCode ?? 0;
    request.destroy();
    const fault = REFUSAL_STATUSES.has(status) ? 'refused' : status >= 500 ? 'offline' : 'incompatible';
    reject(new DialError(fault, `the server answered ${status}`));
  });
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const session = new Session(guardRecords(socket as unknown as MediaSocket), QMUX_LIMITS);
  session.closed.catch(() => undefined);
  session.ready.catch((error: unknown) =>
    reject(new DialError('offline', 'the connection ended', { cause: error })),
  );
  try {
    await Promise.race([session.ready, failed]);
    return withBytes(session, bytes);
  } catch (error) {
    session.close();
    socket.terminate();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

interface ByteCounts {
  bytesSent: number;
  bytesReceived: number;
}

/** Returns a function that reads the byte counters of the TCP connection, without TLS overhead. */
function countBytes(socket: WebSocket): () => ByteCounts {
  let wire: { bytesWritten: number; bytesRead: number } | undefined;
  socket.on('upgrade', (response) => {
    wire = response.socket;
  });
  return () => ({ bytesSent: wire?.bytesWritten ?? 0, bytesReceived: wire?.bytesRead ?? 0 });
}

/** Adds `getStats()`, which moq-net calls but QMux sessions lack. */
function withBytes(session: Session, bytes: () => ByteCounts): MediaTransport {
  return Object.assign(session, { getStats: async () => bytes() });
}

/**
 * Classifies a dial error. If the response is not HTTP or TLS, or has an untrusted certificate, the server is
 * incompatible. Any other error means that there was no response. The error's code is preferred over its
 * message, because the message contains the host name and mentions TLS even if the handshake never started.
 */
function faultOf(error: Error & { code?: string }): DialFault {
  return /CERT|SSL|TLS|EPROTO|SIGNATURE|^HPE_|subprotocol/i.test(error.code ?? error.message)
    ? 'incompatible'
    : 'offline';
}
