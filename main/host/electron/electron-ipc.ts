import { MessageChannelMain, type MessagePortMain, type WebContents } from 'electron';
import { z } from 'zod';
import type { MediaSocket } from '../../../common/bridge/bridge.ts';
import { type MediaPort, messagePortSocket } from '../../../common/bridge/media-port.ts';
import { ipcChannels } from '../../../common/bridge/preload-api.ts';
import { log } from '../../base/log.ts';
import { ThrottledLog } from '../../base/throttled-log.ts';
import type { BridgeServer } from '../bridge-server.ts';
import type { AttachedBridge, WindowHub } from '../window-hub.ts';
import type { IpcGate } from './ipc-gate.ts';

/** Maximum number of media channels per page. The page needs one per player and one for the publisher. */
const MAX_MEDIA_PORTS = 64;

const mediaId = z.number().int().nonnegative();

interface Page {
  /** The bridge of the current document; null until the document's first request. */
  attached: AttachedBridge | null;
  mediaPorts: number;
}

/** Carries bridge messages and media channels over Electron's IPC. */
export class ElectronIpc {
  readonly #hub: WindowHub;
  readonly #attachMedia: (socket: MediaSocket) => void;
  readonly #pages = new Map<WebContents, Page>();
  readonly #unlisten: (() => void)[] = [];
  readonly #faults = new ThrottledLog({ write: log.warn });

  constructor(gate: IpcGate, hub: WindowHub, attachMedia: (socket: MediaSocket) => void) {
    this.#hub = hub;
    this.#attachMedia = attachMedia;
    const listen = (
      channel: string,
      handle: (page: Page, sender: WebContents, message: unknown) => void,
    ): void => {
      const unlisten = gate.listen(channel, ({ sender }, [message]) => {
        const page = this.#pages.get(sender);
        if (page) handle(page, sender, message);
      });
      this.#unlisten.push(unlisten);
    };
    listen(ipcChannels.request, (page, sender, frame) => this.#bridgeOf(page, sender).receive(frame));
    listen(ipcChannels.media, (page, sender, id) => this.#openMedia(page, sender, id));
  }

  /** Accepts messages from the window's page until the window is destroyed. */
  attachWindow(contents: WebContents): void {
    const page: Page = { attached: null, mediaPorts: 0 };
    this.#pages.set(contents, page);
    const detach = (): void => {
      page.attached?.detach();
      page.attached = null;
    };
    contents.on('did-start-navigation', (...args: unknown[]) => {
      if (isNewDocument(args)) detach();
    });
    contents.on('render-process-gone', detach);
    contents.once('destroyed', () => {
      detach();
      this.#pages.delete(contents);
    });
  }

  /** Stops listening and closes all pages' bridges. */
  close(): void {
    for (const unlisten of this.#unlisten) unlisten();
    for (const page of this.#pages.values()) page.attached?.detach();
    this.#pages.clear();
  }

  #bridgeOf(page: Page, contents: WebContents): BridgeServer {
    page.attached ??= this.#hub.attach({
      send: (frame) => {
        if (!contents.isDestroyed()) contents.send(ipcChannels.response, frame);
      },
      onViolation: (reason) => this.#faults.add(`ipc: ${reason}`),
    });
    return page.attached.bridge;
  }

  #openMedia(page: Page, sender: WebContents, message: unknown): void {
    const id = mediaId.safeParse(message);
    if (!id.success || page.mediaPorts >= MAX_MEDIA_PORTS) {
      this.#faults.add('ipc: refused a media channel');
      return;
    }
    const { port1, port2 } = new MessageChannelMain();
    page.mediaPorts += 1;
    port1.once('close', () => {
      page.mediaPorts -= 1;
    });
    this.#attachMedia(messagePortSocket(mainPort(port1)));
    sender.postMessage(ipcChannels.media, id.data, [port2]);
  }
}

/**
 * Older Electron versions pass (event, url, isInPlace, isMainFrame); newer versions pass these values as properties
 * of the event.
 */
function isNewDocument([event, , isInPlace, isMainFrame]: unknown[]): boolean {
  if (typeof event === 'object' && event !== null && 'isSameDocument' in event && 'isMainFrame' in event) {
    return event.isMainFrame === true && event.isSameDocument === false;
  }
  return isMainFrame === true && isInPlace === false;
}

/** Adapts Electron's message port to the DOM's MessagePort interface. */
function mainPort(port: MessagePortMain): MediaPort {
  const adapted: MediaPort = {
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
    onmessage: null,
    onclose: null,
  };
  port.on('message', ({ data }) => adapted.onmessage?.(data));
  port.on('close', () => adapted.onclose?.());
  return adapted;
}
