import Session from '@moq/qmux';
import { QMUX_LIMITS } from '../media/session/connector.ts';
import { abortable } from '../media/shared/abort-signals.ts';

/** MoQ versions, the newest first; `moql` settles the version after the transport is up. */
const PROTOCOLS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03', 'moql'];
/** Each over any draft of QMux that the library knows. */
const QMUX_VERSIONS = Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, null]));

/** `certificateSha256`, hex: the only certificate that is trusted; null: those that the browser trusts. */
export async function openWebTransport(
  url: URL,
  certificateSha256: string | null,
  signal: AbortSignal,
): Promise<WebTransport> {
  signal.throwIfAborted();
  const transport = new WebTransport(url, {
    congestionControl: 'low-latency',
    // TypeScript's own library does not know it yet.
    ...{ protocols: PROTOCOLS },
    ...(certificateSha256 === null
      ? {}
      : { serverCertificateHashes: [{ algorithm: 'sha-256', value: bytesOf(certificateSha256) }] }),
  });
  return up(transport, signal);
}

/** A session over WebSocket, shaped like WebTransport. */
export async function openWebSocket(url: URL, signal: AbortSignal): Promise<WebTransport> {
  signal.throwIfAborted();
  const options = { protocols: PROTOCOLS, versions: QMUX_VERSIONS, config: QMUX_LIMITS };
  return up(new Session(url, options), signal);
}

/** Waits until a transport is up; closes it when that fails or takes too long. */
async function up(transport: WebTransport, signal: AbortSignal): Promise<WebTransport> {
  // Whoever uses the transport asks for itself; one that dies before that must not go unhandled.
  transport.closed.catch(() => undefined);
  transport.ready.catch(() => undefined);
  try {
    await abortable(transport.ready, signal);
    return transport;
  } catch (error) {
    transport.close();
    throw error;
  }
}

/**
 * Has a transport tell the bytes that its incoming streams brought, as `getStats` of some browsers does; those are the
 * streams that bring media. Not the frames that became whole: of a link that stands still nothing else is heard.
 */
export function countReceived(transport: WebTransport): WebTransport {
  let bytesReceived = 0;
  const before = 'getStats' in transport ? transport.getStats : undefined;
  const counted = (stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> =>
    stream.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          bytesReceived += chunk.byteLength;
          controller.enqueue(chunk);
        },
      }),
    );
  const streams: ReadableStream<ReadableStream<Uint8Array>> = transport.incomingUnidirectionalStreams;
  const incoming = streams.pipeThrough(
    new TransformStream<ReadableStream<Uint8Array>, ReadableStream<Uint8Array>>({
      transform: (stream, controller) => controller.enqueue(counted(stream)),
    }),
  );
  return Object.defineProperties(transport, {
    incomingUnidirectionalStreams: { value: incoming },
    getStats: {
      value: async () => ({
        ...(typeof before === 'function' ? await before.call(transport) : {}),
        bytesReceived,
      }),
    },
  });
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
