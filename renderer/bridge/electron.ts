import type { Bridge, MediaSocket } from '../../common/bridge/bridge.ts';
import { type MediaPort, messagePortSocket } from '../../common/bridge/media-port.ts';
import { MEDIA_PORT_KEY, type PreloadApi } from '../../common/bridge/preload-api.ts';
import { BridgeClient } from './client.ts';

/** Maximum time from a port request to the port's arrival, in ms. Main normally sends a port immediately. */
const MEDIA_TIMEOUT_MS = 10_000;

/** Opens the bridge over Electron's IPC, which stays connected for the lifetime of the page. */
export function connectElectron(api: PreloadApi): Bridge {
  const media = new MediaPorts(api);
  const client = new BridgeClient({
    send: (frame) => api.request(frame),
    openMedia: (signal) => media.open(signal),
  });
  api.listen((frame) => client.receive(frame));
  client.attached();
  return client;
}

/** Requests media ports from main and matches each arriving port to its request by id. */
class MediaPorts {
  readonly #api: PreloadApi;
  readonly #waiting = new Map<number, (port: MessagePort) => void>();
  #nextId = 1;

  constructor(api: PreloadApi) {
    this.#api = api;
    window.addEventListener('message', (event) => this.#receive(event));
  }

  open(signal?: AbortSignal): Promise<MediaSocket> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const id = this.#nextId++;
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#waiting.delete(id);
      };
      const onAbort = (): void => {
        settle();
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error('The app is not responding.'));
      }, MEDIA_TIMEOUT_MS);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(id, (port) => {
        settle();
        resolve(messagePortSocket(domPort(port)));
      });
      this.#api.openMedia(id);
    });
  }

  #receive(event: MessageEvent): void {
    // Ignore messages from other sources, because only the preload script posts ports, from within this page.
    if (event.source !== window || event.origin !== window.location.origin) return;
    const data: unknown = event.data;
    if (typeof data !== 'object' || data === null || !(MEDIA_PORT_KEY in data)) return;
    const [port] = event.ports;
    if (!port) return;
    const accept = this.#waiting.get(Number(data[MEDIA_PORT_KEY]));
    // The request has timed out or been aborted. Closing this port makes main close the other end.
    if (accept) accept(port);
    else port.close();
  }
}

/**
 * Adapts a DOM port. Chromium before 122 has no `close` event on ports, so main also sends a close message.
 */
function domPort(port: MessagePort): MediaPort {
  const close = (): void => {
    window.removeEventListener('pagehide', close);
    port.close();
  };
  // Close the port before the page is reloaded, because Electron before 29 crashes if a page with an open
  // port is reloaded (https://github.com/electron/electron/pull/41201).
  window.addEventListener('pagehide', close);
  const adapted: MediaPort = {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close,
    onmessage: null,
    onclose: null,
  };
  port.addEventListener('message', (event) => adapted.onmessage?.(event.data));
  port.addEventListener('messageerror', () => adapted.onmessage?.(null));
  port.addEventListener('close', () => adapted.onclose?.());
  return adapted;
}
