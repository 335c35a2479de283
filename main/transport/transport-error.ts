/**
 * Error for a stream that was reset or stopped, with the fields of the browser's `WebTransportError`. moq-net
 * reads only `source` and `streamErrorCode`.
 */
export class StreamError extends Error {
  readonly source = 'stream';
  /** The stream's error code, an unsigned 32-bit number. */
  readonly streamErrorCode: number;

  constructor(code: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WebTransportError';
    this.streamErrorCode = code;
  }
}

/**
 * Error for a session that has ended or cannot open a stream. It also has the fields of `WebTransportError`.
 */
export class SessionError extends Error {
  readonly source = 'session';
  readonly streamErrorCode = null;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WebTransportError';
  }
}

/**
 * Returns the stream error code (32 bits) from the reason of an abort or cancel. As the W3C specifies, the
 * code is 0 if the reason has none.
 */
export function streamErrorCodeOf(reason: unknown): bigint {
  if (typeof reason !== 'object' || reason === null || !('streamErrorCode' in reason)) return 0n;
  const code = reason.streamErrorCode;
  return typeof code === 'number' ? BigInt(code >>> 0) : 0n;
}

/**
 * Converts iroh's stream errors, which are Rust's Debug output followed by a stack trace. `Reset(42)` and
 * `Stopped(77)` contain the peer's code. Any other text means that the connection has ended.
 */
export function mapIrohError(error: unknown): StreamError | SessionError {
  const text = irohMessage(error);
  const parts = /^(Reset|Stopped)\((\d+)\)/.exec(text);
  if (!parts) return new SessionError(text, { cause: error });
  // A code has up to 62 bits on the wire, but 32 bits in WebTransport.
  const code = Number(BigInt.asUintN(32, BigInt(parts[2] ?? 0)));
  const what = parts[1] === 'Reset' ? 'the peer reset the stream' : 'the peer stopped reading the stream';
  return new StreamError(code, `${what}: ${code}`, { cause: error });
}

/** Returns an error's message without the stack trace and source positions that iroh appends. */
export function irohMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n\nStack backtrace:')[0] ?? text).replace(/ \(\/[^)\n]*:\d+:\d+\)/g, '');
}
