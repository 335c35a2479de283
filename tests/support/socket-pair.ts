import type { MediaSocket } from '../../common/bridge/bridge.ts';

/**
 * Creates the two ends of an in-memory socket, so that tests can run the real protocols without a network. As
 * on a network, messages arrive in order and in a later task.
 */
export function socketPair(): [MediaSocket, MediaSocket] {
  const a = new SocketEnd();
  const b = new SocketEnd();
  a.peer = b;
  b.peer = a;
  return [a, b];
}

const OPEN = 1;
const CLOSED = 3;

class SocketEnd implements MediaSocket {
  peer: SocketEnd | undefined;
  binaryType = 'arraybuffer';
  bufferedAmount = 0;
  readyState = OPEN;
  readonly protocol = '';
  readonly extensions = '';
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  onclose: ((event: { code?: number; reason?: string }) => void) | null = null;

  send(data: string | ArrayBufferLike | ArrayBufferView): void {
    if (this.readyState !== OPEN || typeof data === 'string') return;
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
      : new Uint8Array(data).slice();
    this.bufferedAmount += bytes.byteLength;
    setImmediate(() => {
      this.bufferedAmount -= bytes.byteLength;
      // Once an end is closed, it drops messages that are still in transit, like a WebSocket.
      if (this.peer?.readyState === OPEN) this.peer.onmessage?.({ data: bytes.buffer });
    });
  }

  close(code = 1000, reason = ''): void {
    if (this.readyState !== OPEN) return;
    this.readyState = CLOSED;
    const { peer } = this;
    setImmediate(() => {
      this.onclose?.({ code, reason });
      if (peer && peer.readyState === OPEN) {
        peer.readyState = CLOSED;
        peer.onclose?.({ code, reason });
      }
    });
  }
}
