import Session from '@moq/qmux';
import WebSocket from 'ws';
import { ReasonError } from '../../common/base/errors.ts';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import type { MediaTransport } from './media-transport.ts';
import { QMUX_LIMITS } from './qmux.ts';

/** offline: nobody answers. refused: not with this token. incompatible: what answers is no such server. */
export type DialFault = 'offline' | 'refused' | 'incompatible';

export class DialError extends ReasonError<DialFault> {}

/** MoQ over QMux as clients offer it, the newest of each first; last a server that knows the oldest wire format alone. */
const MOQ_VERSIONS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03', 'moql'] as const;
const QMUX_VERSIONS = ['qmux-02', 'qmux-01', 'qmux-00'] as const;
const SUBPROTOCOLS = [
  ...MOQ_VERSIONS.flatMap((moq) => QMUX_VERSIONS.map((qmux) => `${qmux}.${moq}`)),
  'qmux-01',
  'qmux-00',
  'webtransport',
];

/** HTTP answers that mean: not you. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403]);
/** The largest message taken, in bytes: QMux records are far smaller. */
const MAX_MESSAGE_BYTES = 2 ** 20;

/**
 * Connects to a relay over WebSocket, as a client. `http:` and `https:` addresses mean `ws:` and `wss:`. The caller
 * closes the transport; it tells its bytes.
 *
 * @throws DialError; the signal's reason when it is aborted.
 */
export async function dialWebSocket(address: URL, signal: AbortSignal): Promise<MediaTransport> {
  signal.throwIfAborted();
  const url = new URL(address);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  const socket = new WebSocket(url, SUBPROTOCOLS, { maxPayload: MAX_MESSAGE_BYTES, followRedirects: false });
  const bytes = countBytes(socket);
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // Seen where it is raced; afterwards the session tells of its own end.
  failed.catch(() => undefined);
  socket.on('error', (error) => reject(new DialError(faultOf(error), error.message, { cause: error })));
  socket.on('unexpected-response', (request, response) => {
    const status = response.statusCode ?? 0;
    request.destroy();
    const fault = REFUSALS.has(status) ? 'refused' : status >= 500 ? 'offline' : 'incompatible';
    reject(new DialError(fault, `the server answered ${status}`));
  });
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const session = new Session(socket as unknown as MediaSocket, QMUX_LIMITS);
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

/** What crossed the TCP connection, TLS left out. */
function countBytes(socket: WebSocket): () => ByteCounts {
  let wire: { bytesWritten: number; bytesRead: number } | undefined;
  socket.on('upgrade', (response) => {
    wire = response.socket;
  });
  return () => ({ bytesSent: wire?.bytesWritten ?? 0, bytesReceived: wire?.bytesRead ?? 0 });
}

/** QMux counts nothing itself; the MoQ library asks here. */
function withBytes(session: Session, bytes: () => ByteCounts): MediaTransport {
  return Object.assign(session, { getStats: async () => bytes() });
}

/**
 * What is no HTTP, no TLS, or a certificate that is not trusted, is the wrong one that answers; all else is nobody
 * answering. By the code, where there is one: messages name hosts, and say of a lost connection that it had no TLS yet.
 */
function faultOf(error: Error & { code?: string }): DialFault {
  return /CERT|SSL|TLS|EPROTO|SIGNATURE|^HPE_|subprotocol/i.test(error.code ?? error.message)
    ? 'incompatible'
    : 'offline';
}
