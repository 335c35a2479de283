import { enable, initialize } from '@electron/remote/main';
import { app, type BrowserWindow, type IpcMainEvent, type WebContents } from 'electron';
import type { IpcGate, PageMessageHandler } from './ipc-gate.ts';
import {
  CURRENT_WINDOW,
  exceptionReply,
  idInReply,
  isCurrentWindowRequest,
  isPlainReply,
  MEMBER_CALL,
  parseMemberCall,
  RELEASES,
  REMOTE_PREFIX,
} from './remote-messages.ts';
import { windowProxy } from './window-proxy.ts';

/** The event object that `@electron/remote` passes to listeners of `app`. */
interface RemoteRequest {
  returnValue: unknown;
  /** Whether the request is denied. A denied request throws in the page. */
  defaultPrevented: boolean;
}

/** A listener that `@electron/remote` adds to `ipcMain`. It stores its answer in the event. */
type LibraryListener = (event: LibraryEvent, contextId: string, ...args: unknown[]) => void;

interface LibraryEvent {
  sender: WebContents;
  frameId: number;
  returnValue: unknown;
}

/**
 * Restricts `@electron/remote` to the functions that turn the app's window into a small window during a call.
 * The library's own listeners decode arguments before validating them, and with an argument of type
 * `promise`, a page could reach `Function` in the main process. The gate removes these listeners from
 * `ipcMain` and calls them only with arguments that it has parsed. It blocks answers that contain
 * main-process objects other than the window's proxy.
 */
export class RemoteGate {
  readonly #library: ReadonlyMap<string, LibraryListener>;
  readonly #proxies = new WeakMap<WebContents, object>();
  /** The id that the library has assigned to each window's proxy. */
  readonly #ids = new WeakMap<WebContents, number>();

  /** Initializes `@electron/remote`. Must be called only once, before the first window is created. */
  constructor(gate: IpcGate) {
    this.#library = gate.takeListeners(REMOTE_PREFIX, initialize) as ReadonlyMap<string, LibraryListener>;
    const emitter: NodeJS.EventEmitter = app;
    emitter.on('remote-get-current-window', (event: RemoteRequest, contents: WebContents) => {
      const proxy = this.#proxies.get(contents);
      if (proxy) event.returnValue = proxy;
      else event.defaultPrevented = true;
    });
    const refuse = (): object =>
      exceptionReply('The main process has refused a request of @electron/remote.');
    for (const channel of this.#library.keys()) {
      // The library keeps one object for each window until the window is destroyed. A page therefore has
      // nothing to release.
      if (RELEASES.includes(channel)) gate.ignore(channel);
      else gate.listen(channel, this.#handler(channel), refuse);
    }
  }

  /** Allows a window's preload script to control that window through the proxy. */
  admit(window: BrowserWindow): void {
    this.#proxies.set(window.webContents, windowProxy(window));
    enable(window.webContents);
  }

  #handler(channel: string): PageMessageHandler {
    if (channel === CURRENT_WINDOW) return (event, args) => this.#window(event, args);
    if (channel === MEMBER_CALL) return (event, args) => this.#call(event, args);
    return () => {
      throw new Error('the page needs no such request');
    };
  }

  #window(event: IpcMainEvent, args: readonly unknown[]): unknown {
    if (!isCurrentWindowRequest(args)) throw new Error('its arguments are invalid');
    const reply = this.#ask(CURRENT_WINDOW, event);
    const id = idInReply(reply);
    if (id === null) throw new Error('there is no window for it');
    this.#ids.set(event.sender, id);
    return reply;
  }

  #call(event: IpcMainEvent, args: readonly unknown[]): unknown {
    const call = parseMemberCall(args);
    if (!call) throw new Error('its arguments are invalid');
    if (call.id !== this.#ids.get(event.sender)) throw new Error('it names an object other than the window');
    const reply = this.#ask(MEMBER_CALL, event, call.id, call.name, call.args);
    if (!isPlainReply(reply)) throw new Error('the answer is no plain value');
    return reply;
  }

  /** Calls the library's listener and returns its answer. */
  #ask(channel: string, { sender, frameId }: IpcMainEvent, ...args: unknown[]): unknown {
    const event: LibraryEvent = { sender, frameId, returnValue: undefined };
    // The library keeps a record and a listener for each context id. A page must not choose the id, because
    // it could make the library keep any number of them.
    this.#library.get(channel)?.(event, `window-${sender.id}`, ...args);
    return event.returnValue;
  }
}
