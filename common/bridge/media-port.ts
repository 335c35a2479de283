import type { MediaSocket } from './bridge.ts';
import { MEDIA_SUBPROTOCOL } from './frames.ts';
import { MessageInbox } from './message-inbox.ts';

/**
 * Makes a message port look like a WebSocket, at both ends of Electron's media channel. Messages are binary
 * data, `{ ack: bytes }` after each handled data message, and finally `{ close: { code, reason } }`.
 *
 * A message port does not expose its send buffer, so `bufferedAmount` counts the bytes that have not been
 * acknowledged. Fast senders thus wait for slow readers.
 */

/**
 * A message port in either process. It wraps `MessagePort` in the page and `MessagePortMain` in Electron's main
 * process.
 */
export interface MediaPort {
  postMessage(message: unknown): void;
  /** Starts delivering messages. Must be called after `onmessage` is set. */
  start(): void;
  close(): void;
  /** Receives the data of each message. */
  onmessage: ((data: unknown) => void) | null;
  /** Called when the other end has closed, if the platform reports that. */
  onclose: (() => void) | null;
}

/** Maximum size of an accepted message, in bytes. A qmux record has at most 16 kB. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/**
 * Limit on `bufferedAmount`, in bytes. qmux stops sending at 64 kB, so only a sender that ignores
 * back-pressure reaches this limit.
 */
export const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** WebSocket ready states (WHATWG) and close codes (RFC 6455, section 7.4.1). */
const OPEN = 1;
const CLOSED = 3;
const NORMAL = 1000;
const PROTOCOL_ERROR = 1002;
const ABNORMAL = 1006;
const TOO_BIG = 1009;

type Parsed =
  | { kind: 'data'; data: Uint8Array<ArrayBuffer> }
  | { kind: 'ack'; bytes: number }
  | { kind: 'close'; code: number; reason: string }
  | { kind: 'bad' };

/** Wraps a port as a WebSocket. Replaces the port's handlers and starts it. */
export function messagePortSocket(port: MediaPort): MediaSocket {
  return new PortSocket(port);
}

class PortSocket implements MediaSocket {
  binaryType = 'arraybuffer';
  readonly protocol = MEDIA_SUBPROTOCOL;
  readonly extensions = '';
  onopen: ((event: unknown) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: { code?: number; reason?: string }) => void) | null = null;
  readonly #port: MediaPort;
  #onmessage: ((event: { data: unknown }) => void) | null = null;
  #readyState = OPEN;
  #unackedBytes = 0;
  /**
   * Data that is waiting for a handler is not acknowledged, so the sender's buffer limit applies to it too.
   */
  readonly #inbox = new MessageInbox<Uint8Array<ArrayBuffer>>(MAX_BUFFERED_BYTES, () =>
    this.close(PROTOCOL_ERROR, 'too much data was sent'),
  );

  constructor(port: MediaPort) {
    this.#port = port;
    port.onmessage = (data) => this.#receive(data);
    port.onclose = () => this.#end(ABNORMAL, 'the other end is gone');
    // The port is started before there is a handler, because even a side that only sends must receive
    // acknowledgements.
    port.start();
  }

  get readyState(): number {
    return this.#readyState;
  }

  /** Number of bytes sent but not yet acknowledged by the other end. */
  get bufferedAmount(): number {
    return this.#unackedBytes;
  }

  get onmessage(): ((event: { data: unknown }) => void) | null {
    return this.#onmessage;
  }

  set onmessage(handler: ((event: { data: unknown }) => void) | null) {
    this.#onmessage = handler;
    this.#inbox.handler = handler && ((data) => this.#deliver(data));
  }

  /** Has no effect after the socket has closed, like `send` of a WebSocket. */
  send(data: string | ArrayBufferLike | ArrayBufferView): void {
    if (typeof data === 'string') throw new TypeError('the media channel carries binary messages only');
    if (this.#readyState !== OPEN) return;
    const bytes = copyOf(data);
    this.#unackedBytes += bytes.byteLength;
    if (bytes.byteLength > MAX_MESSAGE_BYTES || this.#unackedBytes > MAX_BUFFERED_BYTES) {
      this.close(TOO_BIG, 'too much data was sent');
      return;
    }
    this.#port.postMessage(bytes);
  }

  close(code = NORMAL, reason = ''): void {
    if (this.#readyState !== OPEN) return;
    this.#port.postMessage({ close: { code, reason } });
    this.#end(code, reason);
  }

  #receive(message: unknown): void {
    if (this.#readyState !== OPEN) return;
    const parsed = parseMessage(message);
    switch (parsed.kind) {
      case 'data':
        this.#inbox.receive(parsed.data, parsed.data.byteLength);
        return;
      case 'ack':
        if (parsed.bytes > this.#unackedBytes) this.close(PROTOCOL_ERROR, 'more acknowledged than sent');
        else this.#unackedBytes -= parsed.bytes;
        return;
      case 'close':
        this.#end(parsed.code, parsed.reason);
        return;
      case 'bad':
        this.close(PROTOCOL_ERROR, 'not a message of the media channel');
    }
  }

  #deliver(data: Uint8Array<ArrayBuffer>): void {
    if (this.#readyState !== OPEN) return;
    try {
      this.#onmessage?.({ data });
    } finally {
      this.#acknowledge(data.byteLength);
    }
  }

  #acknowledge(bytes: number): void {
    if (this.#readyState === OPEN) this.#port.postMessage({ ack: bytes });
  }

  /** Calls `onclose` asynchronously, never from within `close`. */
  #end(code: number, reason: string): void {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CLOSED;
    this.#unackedBytes = 0;
    this.#inbox.clear();
    this.#port.close();
    queueMicrotask(() => this.onclose?.({ code, reason }));
  }
}

/**
 * Copies the bytes into a buffer of their exact size, because a structured clone of a view includes its whole buffer.
 */
function copyOf(data: ArrayBufferLike | ArrayBufferView): Uint8Array {
  const view = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  return new Uint8Array(view);
}

function parseMessage(message: unknown): Parsed {
  if (message instanceof ArrayBuffer) return asData(new Uint8Array(message));
  if (message instanceof Uint8Array) {
    return message.buffer instanceof ArrayBuffer
      ? asData(new Uint8Array(message.buffer, message.byteOffset, message.byteLength))
      : { kind: 'bad' };
  }
  if (typeof message !== 'object' || message === null) return { kind: 'bad' };
  if ('ack' in message) {
    const bytes = message.ack;
    return typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0
      ? { kind: 'ack', bytes }
      : { kind: 'bad' };
  }
  if ('close' in message && typeof message.close === 'object' && message.close !== null) {
    const { code, reason } = message.close as { code?: unknown; reason?: unknown };
    return {
      kind: 'close',
      code: typeof code === 'number' ? code : ABNORMAL,
      reason: typeof reason === 'string' ? reason.slice(0, 123) : '',
    };
  }
  return { kind: 'bad' };
}

function asData(data: Uint8Array<ArrayBuffer>): Parsed {
  return data.byteLength > MAX_MESSAGE_BYTES ? { kind: 'bad' } : { kind: 'data', data };
}
