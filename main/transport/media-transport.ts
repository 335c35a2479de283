/** A transport for the MoQ library: the browser's `WebTransport` plus members that the DOM's typings lack. */
export interface MediaTransport extends WebTransport {
  /** The ALPN or subprotocol, which is the MoQ version. */
  readonly protocol: string;
  /** Resolves when the transport has ended for any reason. Never rejects, except over qmux. */
  readonly closed: Promise<WebTransportCloseInfo>;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportBidirectionalStream>;
  createUnidirectionalStream(options?: SendStreamOptions): Promise<WritableStream<Uint8Array>>;
  createBidirectionalStream(options?: SendStreamOptions): Promise<WebTransportBidirectionalStream>;
}

/** The W3C's `WebTransportSendStreamOptions`; the DOM's typings lack `waitUntilAvailable`. */
export interface SendStreamOptions {
  /** Streams with a higher number are sent first. */
  sendOrder?: number | undefined;
  /** Whether to wait until the peer allows another stream (the default) or to fail soon. */
  waitUntilAvailable?: boolean | undefined;
}

/** Connection statistics, with the names of the W3C's `WebTransportConnectionStats`. */
export interface TransportStats {
  /** Milliseconds. */
  smoothedRtt: number;
  /** Bits per second that congestion control allows; null while unknown. */
  estimatedSendRate: number | null;
  /** The byte counters are of UDP payload, including QUIC's overhead. */
  bytesSent: number;
  bytesReceived: number;
  bytesLost: number;
  /** The packet counters are of UDP datagrams. */
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
}
