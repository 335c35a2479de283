/**
 * What streams and sessions fail with, shaped like the browser's `WebTransportError`: moq-net goes by the fields
 * `source` and `streamErrorCode`, never by the class.
 */
export class StreamError extends Error {
  readonly source = 'stream';
  /** 32 bits unsigned. */
  readonly streamErrorCode: number;

  constructor(code: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WebTransportError';
    this.streamErrorCode = code;
  }
}

export class SessionError extends Error {
  readonly source = 'session';
  readonly streamErrorCode = null;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WebTransportError';
  }
}

/** The code that the reason of an abort or a cancel carries; 0 for a reason without one, as W3C has it. */
export function codeOf(reason: unknown): bigint {
  if (typeof reason !== 'object' || reason === null || !('streamErrorCode' in reason)) return 0n;
  const code = reason.streamErrorCode;
  return typeof code === 'number' ? BigInt(code >>> 0) : 0n;
}

/**
 * iroh's stream errors, which come as Rust's Debug text with a stack trace after it: `Reset(42)` from a read and
 * `Stopped(77)` from a write carry the peer's code; everything else means that the connection is gone.
 */
export function fromIroh(error: unknown): StreamError | SessionError {
  const text = irohMessage(error);
  const parts = /^(Reset|Stopped)\((\d+)\)/.exec(text);
  if (!parts) return new SessionError(text, { cause: error });
  // A code is up to 62 bits on the wire and 32 in WebTransport.
  const code = Number(BigInt.asUintN(32, BigInt(parts[2] ?? 0)));
  const what = parts[1] === 'Reset' ? 'the peer reset the stream' : 'the peer stopped reading the stream';
  return new StreamError(code, `${what}: ${code}`, { cause: error });
}

/** The message without the stack trace and source positions that iroh adds. */
export function irohMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n\nStack backtrace:')[0] ?? text).replace(/ \(\/[^)\n]*:\d+:\d+\)/g, '');
}
