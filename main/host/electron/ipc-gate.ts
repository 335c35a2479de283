import { app, type IpcMainEvent, ipcMain, type WebContents } from 'electron';
import { messageOf } from '../../../common/base/errors.ts';
import { MAX_FRAME_BYTES } from '../../../common/bridge/frames.ts';
import { log } from '../../base/log.ts';
import { ThrottledLog } from '../../base/throttled-log.ts';
import { TokenBucket } from '../../base/token-bucket.ts';
import { fitsInBytes } from './message-size.ts';
import { isPageDocument } from './page-scheme.ts';

/**
 * Limits on messages from one page: the largest burst, and the sustained number per second. The page sends
 * the most messages, about 120 per second, while the user drags the slider for the small window's opacity.
 */
const MAX_BURST = 500;
const MAX_PER_SECOND = 250;
/**
 * The log contains this text instead of the channel's name, because a hostile page could choose a new name
 * for every message.
 */
const UNKNOWN_CHANNEL = 'an unknown channel';

/**
 * Handles a message from a page. The result is sent to the page if the message is synchronous, and ignored if
 * it is asynchronous.
 */
export type PageMessageHandler = (event: IpcMainEvent, args: readonly unknown[]) => unknown;

/**
 * The gate between renderer processes and all listeners of `ipcMain`. A message passes only if it comes from
 * the main frame of the app's page in an admitted window, contains only plain values, and is within the size
 * and rate limits. Other messages are dropped and logged. Dropped synchronous messages still get an answer,
 * because the page would otherwise wait forever.
 */
export class IpcGate {
  readonly #pages = new Map<WebContents, TokenBucket>();
  readonly #channels = new Set<string>();
  readonly #drops = new ThrottledLog({ write: log.warn });
  #registering = false;

  /** Must be called only once, before the first window is created. */
  constructor() {
    app.on('web-contents-created', (_event, contents) => {
      contents.on('ipc-message', (_event, channel) => {
        if (!this.#isServed(channel)) this.#drop(UNKNOWN_CHANNEL, 'nothing listens');
      });
      contents.on('ipc-message-sync', (event, channel) => {
        if (this.#isServed(channel)) return;
        this.#drop(UNKNOWN_CHANNEL, 'nothing listens');
        event.returnValue = null;
      });
    });
    const emitter: NodeJS.EventEmitter = ipcMain;
    // Node emits `newListener` before it adds a listener, and does not add it if a handler throws. A page can
    // also send a message on a channel named `newListener`; `channel` is then an event object.
    emitter.on('newListener', (channel: unknown) => {
      if (typeof channel !== 'string' || this.#registering) return;
      throw new Error(`a listener on the IPC channel ${channel} would bypass the gate`);
    });
  }

  /** Accepts messages from the window's page until the window is destroyed. */
  admit(contents: WebContents): void {
    this.#pages.set(contents, new TokenBucket(MAX_BURST, MAX_PER_SECOND));
    contents.once('destroyed', () => this.#pages.delete(contents));
  }

  /**
   * Registers the only listener on a channel. Returns the function that removes it.
   *
   * @param refusal creates the answer to a dropped synchronous message
   * @throws Error if the channel already has a listener
   */
  listen(channel: string, handle: PageMessageHandler, refusal: () => unknown = () => null): () => void {
    return this.#register(channel, (event, ...args) => {
      const problem = this.#problem(event, args);
      if (problem !== null) this.#drop(channel, problem);
      let answer: unknown;
      try {
        answer = problem === null ? handle(event, args) : refusal();
      } catch (error) {
        this.#drop(channel, messageOf(error));
        answer = refusal();
      }
      event.returnValue = answer ?? null;
    });
  }

  /**
   * Ignores all messages on a channel without logging them, including messages from pages that have been
   * closed.
   */
  ignore(channel: string): void {
    this.#register(channel, (event) => {
      event.returnValue = null;
    });
  }

  /**
   * Starts a library, then removes the listeners that the library added to channels with this prefix. Returns
   * the removed listeners by channel. The caller decides which messages to pass to them.
   */
  takeListeners(prefix: string, start: () => void): ReadonlyMap<string, (...args: never[]) => void> {
    const emitter: NodeJS.EventEmitter = ipcMain;
    this.#whileOpen(start);
    const taken = new Map<string, (...args: never[]) => void>();
    for (const channel of emitter.eventNames()) {
      if (typeof channel !== 'string' || !channel.startsWith(prefix)) continue;
      const [listener] = emitter.listeners(channel);
      emitter.removeAllListeners(channel);
      if (listener) taken.set(channel, listener as (...args: never[]) => void);
    }
    return taken;
  }

  #register(channel: string, listener: (event: IpcMainEvent, ...args: unknown[]) => void): () => void {
    if (ipcMain.listenerCount(channel) > 0) throw new Error(`the IPC channel ${channel} has a listener`);
    this.#whileOpen(() => ipcMain.on(channel, listener));
    this.#channels.add(channel);
    return () => {
      ipcMain.off(channel, listener);
      this.#channels.delete(channel);
    };
  }

  /**
   * Calls `add`, which may add listeners to `ipcMain`. Adding a listener at any other time throws an error.
   */
  #whileOpen(add: () => void): void {
    this.#registering = true;
    try {
      add();
    } finally {
      this.#registering = false;
    }
  }

  /** Returns the reason why a message must be dropped; null if it may pass. */
  #problem(event: IpcMainEvent, args: readonly unknown[]): string | null {
    const rate = this.#pages.get(event.sender);
    if (!rate || !isFromPage(event)) return 'it is from a foreign sender';
    // `ipcRenderer.postMessage` can send ports with a message. None of the channels uses ports.
    if (event.ports?.length > 0) {
      for (const port of event.ports) port.close();
      return 'it carries ports';
    }
    if (!fitsInBytes(args, MAX_FRAME_BYTES)) return 'it is too large or contains more than plain values';
    return rate.tryTake() ? null : 'there are too many messages';
  }

  #isServed(channel: string): boolean {
    return this.#channels.has(channel) && ipcMain.listenerCount(channel) > 0;
  }

  #drop(channel: string, why: string): void {
    this.#drops.add(`ipc: dropped a message on ${channel}: ${why}`);
  }
}

/** Whether a message comes from the main frame of the app's page. */
function isFromPage(event: IpcMainEvent): boolean {
  try {
    const frame = event.senderFrame;
    // `senderFrame` is null, or its properties throw, if the frame has been removed or has navigated.
    return frame !== null && frame === event.sender.mainFrame && isPageDocument(frame.url);
  } catch (error) {
    log.debug('ipc: the sender is gone: %s', messageOf(error));
    return false;
  }
}
