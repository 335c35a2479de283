/**
 * A transport as the MoQ library takes it: the browser's `WebTransport`, with what the library reads beyond the DOM's
 * typings.
 */
export interface MediaTransport extends WebTransport {
  /** The ALPN or subprotocol, which is the MoQ version. */
  readonly protocol: string;
  /** Resolves when the transport ended, for whatever reason; never rejects where this project implements it. */
  readonly closed: Promise<WebTransportCloseInfo>;
  readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportBidirectionalStream>;
  createUnidirectionalStream(options?: SendStreamOptions): Promise<WritableStream<Uint8Array>>;
  createBidirectionalStream(options?: SendStreamOptions): Promise<WebTransportBidirectionalStream>;
}

/** The W3C dictionary, of which the DOM's typings lack `waitUntilAvailable`. */
export interface SendStreamOptions {
  /** Streams with a higher number are sent first. */
  sendOrder?: number | undefined;
  /** Whether to wait for the peer to allow another stream (the default here) or to fail soon. */
  waitUntilAvailable?: boolean | undefined;
}

/** What is known of the link, in W3C's `WebTransportConnectionStats` names. */
export interface LinkStats {
  /** Milliseconds. */
  smoothedRtt: number;
  /** Bits per second that congestion control lets out, or null while nothing is known. */
  estimatedSendRate: number | null;
  /** Bytes of UDP payload, QUIC's own included; so for the three below. */
  bytesSent: number;
  bytesReceived: number;
  bytesLost: number;
  /** UDP datagrams; so for the two below. */
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
}
