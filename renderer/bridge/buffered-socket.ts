import type { MediaSocket } from '../../common/bridge/bridge.ts';

/** Main's first messages are a few parameters; a page that never listens is cut off here. */
const MAX_EARLY_BYTES = 1024 * 1024;

/**
 * A WebSocket that keeps what arrives before somebody listens: main may speak as soon as the socket is open, and a
 * WebSocket drops what it has no handler for.
 */
export class BufferedSocket implements MediaSocket {
  onopen: ((event: unknown) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: { code?: number; reason?: string }) => void) | null = null;
  readonly #socket: WebSocket;
  #onmessage: ((event: { data: unknown }) => void) | null = null;
  #early: MessageEvent[] = [];
  #earlyBytes = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', (event) => this.onopen?.(event));
    socket.addEventListener('error', (event) => this.onerror?.(event));
    socket.addEventListener('close', (event) => this.onclose?.(event));
    socket.addEventListener('message', (event) => {
      if (this.#onmessage) this.#onmessage(event);
      else this.#keep(event);
    });
  }

  get onmessage(): ((event: { data: unknown }) => void) | null {
    return this.#onmessage;
  }

  set onmessage(handler: ((event: { data: unknown }) => void) | null) {
    this.#onmessage = handler;
    if (!handler) return;
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const event of early) handler(event);
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

  #keep(event: MessageEvent): void {
    this.#earlyBytes += event.data instanceof ArrayBuffer ? event.data.byteLength : 0;
    this.#early.push(event);
    if (this.#earlyBytes > MAX_EARLY_BYTES) this.#socket.close();
  }
}
