import type { Bridge, MediaSocket } from '../../common/bridge/bridge.ts';
import { type MediaPort, messagePortSocket } from '../../common/bridge/media-port.ts';
import { MEDIA_PORT_KEY, type PreloadApi } from '../../common/bridge/preload-api.ts';
import { BridgeClient } from './client.ts';

/** Main hands a port out at once. */
const MEDIA_TIMEOUT_MS = 10_000;

/** The bridge over Electron's IPC. It is up for as long as the page is. */
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

/** Asks for ports, and tells those that arrive apart by the id that they were asked for with. */
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
        reject(new Error('The application does not answer.'));
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
    // Only the preload script, in this very page, hands out ports.
    if (event.source !== window || event.origin !== window.location.origin) return;
    const data: unknown = event.data;
    if (typeof data !== 'object' || data === null || !(MEDIA_PORT_KEY in data)) return;
    const [port] = event.ports;
    if (!port) return;
    const take = this.#waiting.get(Number(data[MEDIA_PORT_KEY]));
    // Nobody waits any more: main hears the close and ends its side.
    if (take) take(port);
    else port.close();
  }
}

/** The page's kind of port. Chromium before 122 has no `close` event: main says it with a message as well. */
export function domPort(port: MessagePort): MediaPort {
  const adapted: MediaPort = {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
    onmessage: null,
    onclose: null,
  };
  port.addEventListener('message', (event) => adapted.onmessage?.(event.data));
  port.addEventListener('messageerror', () => adapted.onmessage?.(null));
  port.addEventListener('close', () => adapted.onclose?.());
  return adapted;
}
