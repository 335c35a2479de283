import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The end of a request's head (RFC 9112, section 2.1). */
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Closes connections that send a request before the previous one is answered (HTTP pipelining). No browser does that. Node
 * parses and starts all requests that arrive in one piece of 64 KiB in a single turn of the event loop: 2,400 requests blocked
 * it for half a second, and their responses took 300 MB.
 */
export class PipeliningGuard {
  /** The listeners that check the data of each connection. */
  readonly #listeners = new WeakMap<Socket, (data: Buffer) => void>();
  /** Connections with a request that is not answered yet. */
  readonly #busy = new WeakSet<Socket>();

  /** Checks the data of a new connection. Must be called after Node's server has added its own `data` listener. */
  watch(socket: Socket): void {
    const [parse] = socket.listeners('data') as ((data: Buffer) => void)[];
    if (!parse) return;
    const check = (data: Buffer) => {
      if (hasTwoHeads(data)) socket.destroy();
      else parse.call(socket, data);
    };
    // Node's listener cannot be stopped for a part of the data, so it is called only after the check. Replacing it also makes
    // Node read through JavaScript, instead of passing the data to the parser natively.
    socket.off('data', parse);
    socket.on('data', check);
    this.#listeners.set(socket, check);
  }

  /** Stops checking, because the connection no longer carries HTTP. */
  release(socket: Socket): void {
    const listener = this.#listeners.get(socket);
    if (listener) socket.off('data', listener);
    this.#listeners.delete(socket);
  }

  /** Registers a request. Returns false, and closes the connection, if the previous request is not answered yet. */
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
