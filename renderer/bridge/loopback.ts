import { Backoff } from '../../common/base/backoff.ts';
import { sleep } from '../../common/base/sleep.ts';
import type { Bridge, BridgeLoss, MediaSocket } from '../../common/bridge/bridge.ts';
import { BRIDGE_PATH, MEDIA_PATH, MEDIA_SUBPROTOCOL } from '../../common/bridge/frames.ts';
import { BufferedSocket } from './buffered-socket.ts';
import { BridgeClient } from './client.ts';

/**
 * Maximum time to wait for the loopback server, in ms. The server normally responds immediately, so if it
 * takes longer than this, it is considered gone.
 */
const OPEN_TIMEOUT_MS = 10_000;
/**
 * Delays between attempts to reconnect. They are short, so the bridge is connected again within seconds after
 * the computer wakes up.
 */
const RECONNECT = { firstMs: 250, factor: 2, maxMs: 5_000 };
/** HTTP statuses with which main rejects a path or cookie from an earlier run of the app. */
const STALE_PAGE_STATUSES: ReadonlySet<number> = new Set([403, 404]);

/** Overrides for tests. */
export interface LoopbackOptions {
  /** The address of the page. Default: this page's own. */
  page?: string;
  openSocket?: (url: string, protocol?: string) => WebSocket;
  /** Requests the page. Resolves to the HTTP status; rejects if there is no response. */
  probe?: (url: string) => Promise<number>;
}

/**
 * Opens the bridge over the browser host's WebSocket and keeps reconnecting. Gives up only if the app was
 * restarted, because its new address is unknown to this page.
 * @throws Error with a message for the user, if the first connection fails
 */
export async function connectLoopback(options: LoopbackOptions = {}): Promise<Bridge> {
  const page = options.page ?? window.location.href;
  const socketUrl = (path: string): string => new URL(path, page).href.replace(/^http/, 'ws');
  const openSocket = options.openSocket ?? ((url, protocol) => new WebSocket(url, protocol ?? []));
  const probe = options.probe ?? statusOf;
  let socket: WebSocket | undefined;
  const client = new BridgeClient({
    send: (frame) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    openMedia: async (signal) => {
      // Do not connect while main is unreachable, because each attempt would only log an error in the
      // browser's console.
      if (!client.connected.get()) throw new Error('Cannot reach the app right now.');
      return openMedia(openSocket(socketUrl(MEDIA_PATH), MEDIA_SUBPROTOCOL), signal);
    },
  });
  const connect = async (): Promise<void> => {
    const opened = openSocket(socketUrl(BRIDGE_PATH));
    // The listener is added before the socket opens, because main may send immediately.
    opened.addEventListener('message', (event) => client.receive(parseJson(event.data)));
    await whenOpen(opened);
    socket = opened;
    opened.addEventListener('close', () => {
      client.lost();
      void reconnect(
        connect,
        () => diagnoseLoss(probe, page),
        (loss) => client.setLoss(loss),
      );
    });
    client.attached();
  };
  await connect();
  return client;
}

async function reconnect(
  connect: () => Promise<void>,
  diagnose: () => Promise<BridgeLoss | null>,
  report: (loss: BridgeLoss) => void,
): Promise<void> {
  const backoff = new Backoff(RECONNECT);
  for (;;) {
    await sleep(backoff.next());
    try {
      return await connect();
    } catch {
      // Main is still unreachable. The client's `connected` store is already false, so it needs no update.
    }
    const loss = await diagnose();
    if (loss) report(loss);
    if (loss === 'restarted') return;
  }
}

/**
 * Uses an HTTP request to find out why the socket cannot connect, because a WebSocket error gives no reason.
 * Resolves to null if the app responds normally.
 */
async function diagnoseLoss(
  probe: (url: string) => Promise<number>,
  page: string,
): Promise<BridgeLoss | null> {
  try {
    return STALE_PAGE_STATUSES.has(await probe(page)) ? 'restarted' : null;
  } catch {
    return 'absent';
  }
}

async function statusOf(url: string): Promise<number> {
  const signal = AbortSignal.timeout(OPEN_TIMEOUT_MS);
  const { status } = await fetch(url, { method: 'HEAD', cache: 'no-store', signal });
  return status;
}

async function openMedia(socket: WebSocket, signal?: AbortSignal): Promise<MediaSocket> {
  const media = new BufferedSocket(socket);
  await whenOpen(socket, signal);
  return media;
}

/** Waits for the socket to open. On failure, timeout or abort, closes it and rejects. */
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
    const onClose = (): void => settle(new Error('Cannot reach the app.'));
    const onAbort = (): void => settle(signal?.reason);
    const timer = setTimeout(() => settle(new Error('The app is not responding.')), OPEN_TIMEOUT_MS);
    socket.addEventListener('open', onOpen);
    socket.addEventListener('close', onClose);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

/** Parses JSON. Returns undefined if the data is not JSON; the client ignores undefined frames. */
function parseJson(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
