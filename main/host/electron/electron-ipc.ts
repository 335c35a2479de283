import {
  type IpcMainEvent,
  ipcMain,
  MessageChannelMain,
  type MessagePortMain,
  type WebContents,
} from 'electron';
import { z } from 'zod';
import type { MediaSocket } from '../../../common/bridge/bridge.ts';
import { type MediaPort, messagePortSocket } from '../../../common/bridge/media-port.ts';
import { ipcChannels } from '../../../common/bridge/preload-api.ts';
import { log } from '../../base/log.ts';
import type { BridgeSession } from '../bridge-session.ts';
import type { WindowHub } from '../window-hub.ts';
import { isOwnPage } from './page-scheme.ts';

/** A page has one media session per player and one for the publisher. */
const MAX_MEDIA_PORTS = 64;

const mediaId = z.number().int().nonnegative();

interface Page {
  /** Of the page that is loaded now; made by its first request. */
  bridge: { session: BridgeSession; leave: () => void } | null;
  mediaPorts: number;
}

/**
 * Electron's end of the bridge. Every message passes one check of its sender; nothing else touches `ipcMain`.
 */
export class ElectronIpc {
  readonly #hub: WindowHub;
  readonly #attachMedia: (socket: MediaSocket) => void;
  readonly #pages = new Map<WebContents, Page>();
  readonly #unlisten: (() => void)[] = [];

  constructor(hub: WindowHub, attachMedia: (socket: MediaSocket) => void) {
    this.#hub = hub;
    this.#attachMedia = attachMedia;
    this.#on(ipcChannels.request, (page, event, frame) => this.#bridgeOf(page, event.sender).receive(frame));
    this.#on(ipcChannels.media, (page, event, id) => this.#openMedia(page, event, id));
  }

  /** Lets the window's page talk to main, for as long as the window lives. */
  admit(contents: WebContents): void {
    const page: Page = { bridge: null, mediaPorts: 0 };
    this.#pages.set(contents, page);
    const leave = (): void => {
      page.bridge?.leave();
      page.bridge = null;
    };
    contents.on('did-start-navigation', (...args: unknown[]) => {
      if (isNewDocument(args)) leave();
    });
    contents.on('render-process-gone', leave);
    contents.once('destroyed', () => {
      leave();
      this.#pages.delete(contents);
    });
  }

  close(): void {
    for (const unlisten of this.#unlisten) unlisten();
    for (const page of this.#pages.values()) page.bridge?.leave();
    this.#pages.clear();
  }

  #on(channel: string, handle: (page: Page, event: IpcMainEvent, message: unknown) => void): void {
    const listener = (event: IpcMainEvent, message: unknown): void => {
      const page = this.#pages.get(event.sender);
      if (page && isMainFrameOfOurs(event)) handle(page, event, message);
      else log.warn('ipc: a message on %s from a foreign sender is dropped', channel);
    };
    ipcMain.on(channel, listener);
    this.#unlisten.push(() => ipcMain.off(channel, listener));
  }

  #bridgeOf(page: Page, contents: WebContents): BridgeSession {
    page.bridge ??= this.#hub.join({
      send: (frame) => {
        if (!contents.isDestroyed()) contents.send(ipcChannels.response, frame);
      },
      onViolation: (reason) => log.warn('ipc: %s', reason),
    });
    return page.bridge.session;
  }

  #openMedia(page: Page, event: IpcMainEvent, message: unknown): void {
    const id = mediaId.safeParse(message);
    if (!id.success || page.mediaPorts >= MAX_MEDIA_PORTS) {
      log.warn('ipc: a media channel is refused');
      return;
    }
    const { port1, port2 } = new MessageChannelMain();
    page.mediaPorts += 1;
    port1.once('close', () => {
      page.mediaPorts -= 1;
    });
    this.#attachMedia(messagePortSocket(mainPort(port1)));
    event.sender.postMessage(ipcChannels.media, id.data, [port2]);
  }
}

function isMainFrameOfOurs(event: IpcMainEvent): boolean {
  const frame = event.senderFrame;
  // Null: the frame is gone or has navigated since.
  return frame !== null && frame.parent === null && isOwnPage(frame.url);
}

/** Older Electrons pass (event, url, isInPlace, isMainFrame); newer ones put that into the event as well. */
function isNewDocument([event, , isInPlace, isMainFrame]: unknown[]): boolean {
  if (typeof event === 'object' && event !== null && 'isSameDocument' in event && 'isMainFrame' in event) {
    return event.isMainFrame === true && event.isSameDocument === false;
  }
  return isMainFrame === true && isInPlace === false;
}

/** Main's kind of port. */
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
