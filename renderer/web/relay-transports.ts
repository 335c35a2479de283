import Session from '@moq/qmux';
import { QMUX_LIMITS } from '../media/session/connector.ts';
import { abortable } from '../media/shared/abort-signals.ts';

/** MoQ versions, newest first. `moql` defers version negotiation to the session. */
const PROTOCOLS = ['moq-lite-05', 'moq-lite-04', 'moq-lite-03', 'moql'];
/** `null` allows every QMux draft that the MoQ library supports. */
const QMUX_VERSIONS = Object.fromEntries(PROTOCOLS.map((protocol) => [protocol, null]));

/**
 * Opens a WebTransport session. `certificateSha256` is the hash of the only trusted certificate, in hex; null
 * trusts the browser's certificate authorities.
 * @throws Error if the session cannot be opened, or the signal's reason
 */
export async function openWebTransport(
  url: URL,
  certificateSha256: string | null,
  signal: AbortSignal,
): Promise<WebTransport> {
  signal.throwIfAborted();
  const transport = new WebTransport(url, {
    congestionControl: 'low-latency',
    // The spread is needed because TypeScript's DOM types do not include `protocols`.
    ...{ protocols: PROTOCOLS },
    ...(certificateSha256 === null
      ? {}
      : { serverCertificateHashes: [{ algorithm: 'sha-256', value: bytesOf(certificateSha256) }] }),
  });
  return whenReady(transport, signal);
}

/**
 * Opens a QMux session over WebSocket, with the same interface as WebTransport.
 * @throws Error if the session cannot be opened, or the signal's reason
 */
export async function openWebSocket(url: URL, signal: AbortSignal): Promise<WebTransport> {
  signal.throwIfAborted();
  const options = { protocols: PROTOCOLS, versions: QMUX_VERSIONS, config: QMUX_LIMITS };
  return whenReady(new Session(url, options), signal);
}

/** Waits until a transport is ready; closes it on failure or abort. */
async function whenReady(transport: WebTransport, signal: AbortSignal): Promise<WebTransport> {
  // Errors surface where these promises are awaited. This handler prevents unhandled rejections before that.
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
 * Makes a transport's `getStats` report `bytesReceived`, which some browsers do not. Counts the media
 * (incoming unidirectional streams) as it arrives, so that the rate is right even while a large frame arrives
 * slowly.
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
