/** A transport for moq-net: the browser's `WebTransport` plus members that the DOM typings lack. */
export interface MediaTransport extends WebTransport {
  /** The ALPN or subprotocol, which names the MoQ version. */
  readonly protocol: string;
  /** Resolves when the transport has ended for any reason. Only a qmux session may reject instead. */
  readonly closed: Promise<WebTransportCloseInfo>;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportBidirectionalStream>;
  createUnidirectionalStream(options?: SendStreamOptions): Promise<WritableStream<Uint8Array>>;
  createBidirectionalStream(options?: SendStreamOptions): Promise<WebTransportBidirectionalStream>;
}

/** The W3C's `WebTransportSendStreamOptions`; the DOM typings lack `waitUntilAvailable`. */
export interface SendStreamOptions {
  /** Streams with a higher number are sent first. */
  sendOrder?: number | undefined;
  /** Whether to wait until the peer allows another stream (the default) or to fail after a short time. */
  waitUntilAvailable?: boolean | undefined;
}

/** Connection statistics, with the names of the W3C's `WebTransportConnectionStats`. */
export interface TransportStats {
  /** Smoothed round-trip time, in milliseconds. */
  smoothedRtt: number;
  /** The rate that congestion control allows, in bits per second; null while unknown. */
  estimatedSendRate: number | null;
  /** The byte counters count UDP payload, including QUIC's overhead. */
  bytesSent: number;
  bytesReceived: number;
  bytesLost: number;
  /** The packet counters count UDP datagrams. */
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
}
