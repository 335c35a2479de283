import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The end of a request's head (RFC 9112, section 2.1). */
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Closes a connection if the client sends a request before the previous request is answered (HTTP
 * pipelining). Browsers never do this. Node starts all requests in a 64 KiB chunk in one turn: 2,400 requests
 * blocked the event loop for half a second, and their responses used 300 MB of memory.
 */
export class PipeliningGuard {
  /** The listener that checks the data of each connection. */
  readonly #listeners = new WeakMap<Socket, (data: Buffer) => void>();
  /** Connections that have an unanswered request. */
  readonly #busy = new WeakSet<Socket>();

  /**
   * Starts checking a new connection's data. Must be called after Node's server has added its own `data`
   * listener.
   */
  watch(socket: Socket): void {
    const [parse] = socket.listeners('data') as ((data: Buffer) => void)[];
    if (!parse) return;
    const check = (data: Buffer) => {
      if (hasTwoHeads(data)) socket.destroy();
      else parse.call(socket, data);
    };
    // The data must be checked before Node's listener parses it. Normally, Node passes data to the parser in
    // native code, without a listener. Replacing the listener makes Node pass the data to JavaScript.
    socket.off('data', parse);
    socket.on('data', check);
    this.#listeners.set(socket, check);
  }

  /** Stops checking a connection. Must be called when the connection no longer carries HTTP. */
  release(socket: Socket): void {
    const listener = this.#listeners.get(socket);
    if (listener) socket.off('data', listener);
    this.#listeners.delete(socket);
  }

  /**
   * Registers a request. Closes the connection and returns false if the previous request has not been
   * answered yet.
   */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request;
    if (socket.destroyed) return false;
    if (this.#busy.has(socket)) {
      socket.destroy();
      return false;
    }
    this.#busy.add(socket);
    response.once('finish', () => this.#busy.delete(socket));
    return true;
  }
}

function hasTwoHeads(data: Buffer): boolean {
  const end = data.indexOf(HEAD_END);
  return end >= 0 && data.indexOf(HEAD_END, end + HEAD_END.byteLength) >= 0;
}
