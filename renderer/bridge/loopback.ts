import { Backoff } from '../../common/backoff.ts';
import type { Bridge, MediaSocket } from '../../common/bridge.ts';
import { BRIDGE_PATH, MEDIA_PATH, MEDIA_SUBPROTOCOL } from '../../common/bridge-frames.ts';
import { BufferedSocket } from './buffered-socket.ts';
import { BridgeClient } from './client.ts';

/** Loopback answers at once; what takes this long has gone. */
const OPEN_TIMEOUT_MS = 10_000;
/** A main process that is being restarted is found again within seconds. */
const RECONNECT = { firstMs: 250, factor: 2, maxMs: 5_000 };

export interface LoopbackOptions {
  /** The page's own, by default. */
  origin?: string;
  openSocket?: (url: string, protocol?: string) => WebSocket;
}

/**
 * The bridge over the browser host's WebSocket. When that is lost it is opened again, for as long as the page lives.
 *
 * @throws Error fit to show, when it cannot be opened at first
 */
export async function connectLoopback(options: LoopbackOptions = {}): Promise<Bridge> {
  const origin = (options.origin ?? window.location.origin).replace(/^http/, 'ws');
  const openSocket = options.openSocket ?? ((url, protocol) => new WebSocket(url, protocol ?? []));
  let socket: WebSocket | undefined;
  const client = new BridgeClient({
    send: (frame) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    openMedia: (signal) => openMedia(openSocket(origin + MEDIA_PATH, MEDIA_SUBPROTOCOL), signal),
  });
  const connect = async (): Promise<void> => {
    const opened = openSocket(origin + BRIDGE_PATH);
    // Before it is open: main may send at once.
    opened.addEventListener('message', (event) => client.receive(parseJson(event.data)));
    await whenOpen(opened);
    socket = opened;
    opened.addEventListener('close', () => {
      client.lost();
      void reconnect(connect);
    });
    client.attached();
  };
  await connect();
  return client;
}

async function reconnect(connect: () => Promise<void>): Promise<void> {
  const backoff = new Backoff(RECONNECT);
  for (;;) {
    await new Promise((done) => setTimeout(done, backoff.next()));
    try {
      return await connect();
    } catch {
      // Still gone. `connected` says so to whoever shows it; the next attempt comes after the back-off.
    }
  }
}

async function openMedia(socket: WebSocket, signal?: AbortSignal): Promise<MediaSocket> {
  const media = new BufferedSocket(socket);
  await whenOpen(socket, signal);
  return media;
}

/** Rejects, and closes the socket, when it cannot be opened, takes too long, or is not wanted any more. */
function whenOpen(socket: WebSocket, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.removeEventListener('open', onOpen);
      socket.removeEventListener('close', onClose);
      if (error === undefined) {
        resolve();
        return;
      }
      socket.close();
      reject(error);
    };
    const onOpen = (): void => settle();
    const onClose = (): void => settle(new Error('The application cannot be reached.'));
    const onAbort = (): void => settle(signal?.reason);
    const timer = setTimeout(() => settle(new Error('The application does not answer.')), OPEN_TIMEOUT_MS);
    socket.addEventListener('open', onOpen);
    socket.addEventListener('close', onClose);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

/** Undefined, which is no frame, for what is no JSON. */
function parseJson(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
