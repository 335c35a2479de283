import { Backoff } from '../../common/base/backoff.ts';
import { sleep } from '../../common/base/sleep.ts';
import type { Bridge, BridgeLoss, MediaSocket } from '../../common/bridge/bridge.ts';
import { BRIDGE_PATH, MEDIA_PATH, MEDIA_SUBPROTOCOL } from '../../common/bridge/frames.ts';
import { BufferedSocket } from './buffered-socket.ts';
import { BridgeClient } from './client.ts';

/** Loopback answers at once; what takes this long has gone. */
const OPEN_TIMEOUT_MS = 10_000;
/** What was lost for a moment (the machine slept) is found again within seconds. */
const RECONNECT = { firstMs: 250, factor: 2, maxMs: 5_000 };
/** What main answers those whose path and cookie are from an earlier start. */
const REFUSALS: ReadonlySet<number> = new Set([403, 404]);

export interface LoopbackOptions {
  /** The page's own address, by default. */
  page?: string;
  openSocket?: (url: string, protocol?: string) => WebSocket;
  /** Asks for a page and resolves with the HTTP status; rejects when nobody answers. */
  probe?: (url: string) => Promise<number>;
}

/**
 * The bridge over the browser host's WebSocket. When that is lost it is opened again, for as long as the page
 * lives, unless the app was started again: then it has another address, which this page cannot know.
 *
 * @throws Error fit to show, when it cannot be opened at first
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
      // Without main there is nothing to open, and each try would be an error in the browser's log.
      if (!client.connected.get()) throw new Error('The application cannot be reached just now.');
      return openMedia(openSocket(socketUrl(MEDIA_PATH), MEDIA_SUBPROTOCOL), signal);
    },
  });
  const connect = async (): Promise<void> => {
    const opened = openSocket(socketUrl(BRIDGE_PATH));
    // Before it is open: main may send at once.
    opened.addEventListener('message', (event) => client.receive(parseJson(event.data)));
    await whenOpen(opened);
    socket = opened;
    opened.addEventListener('close', () => {
      client.lost();
      void reconnect(
        connect,
        () => whyLost(probe, page),
        (loss) => client.explain(loss),
      );
    });
    client.attached();
  };
  await connect();
  return client;
}

async function reconnect(
  connect: () => Promise<void>,
  why: () => Promise<BridgeLoss | null>,
  explain: (loss: BridgeLoss) => void,
): Promise<void> {
  const backoff = new Backoff(RECONNECT);
  for (;;) {
    await sleep(backoff.next());
    try {
      return await connect();
    } catch {
      // Still gone: `connected` says so to whoever shows it.
    }
    const loss = await why();
    if (loss) explain(loss);
    if (loss === 'restarted') return;
  }
}

/** A socket that fails does not tell why; a request does. Null when the app is there and has its own reasons. */
async function whyLost(probe: (url: string) => Promise<number>, page: string): Promise<BridgeLoss | null> {
  try {
    return REFUSALS.has(await probe(page)) ? 'restarted' : null;
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
