import type { MediaSocket } from '../../common/bridge/bridge.ts';
import { MessageInbox } from '../../common/bridge/message-inbox.ts';

/**
 * Maximum total size of the buffered messages, in bytes. Main's first messages are tiny, so reaching this
 * limit means that no handler was ever set. The socket is then closed.
 */
const MAX_EARLY_BYTES = 1024 * 1024;

type Message = { data: unknown };

/**
 * A WebSocket that buffers messages until a handler is set, because main may send as soon as the socket is
 * open.
 */
export class BufferedSocket implements MediaSocket {
  onopen: ((event: unknown) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: { code?: number; reason?: string }) => void) | null = null;
  readonly #socket: WebSocket;
  readonly #inbox = new MessageInbox<Message>(MAX_EARLY_BYTES, () => this.#socket.close());

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', (event) => this.onopen?.(event));
    socket.addEventListener('error', (event) => this.onerror?.(event));
    socket.addEventListener('close', (event) => this.onclose?.(event));
    socket.addEventListener('message', (event) =>
      this.#inbox.receive(event, event.data instanceof ArrayBuffer ? event.data.byteLength : 0),
    );
  }

  get onmessage(): ((event: Message) => void) | null {
    return this.#inbox.handler;
  }

  set onmessage(handler: ((event: Message) => void) | null) {
    this.#inbox.handler = handler;
  }

  get binaryType(): string {
    return this.#socket.binaryType;
  }

  set binaryType(type: string) {
    this.#socket.binaryType = type === 'blob' ? 'blob' : 'arraybuffer';
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get extensions(): string {
    return this.#socket.extensions;
  }

  send(data: string | ArrayBufferLike | ArrayBufferView): void {
    this.#socket.send(data as string | BufferSource);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }
}
