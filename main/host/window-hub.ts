import type { AppCore, Handlers, WindowEvent } from '../app/app-core.ts';
import { BridgeServer, type BridgeServerOptions } from './bridge-server.ts';

/** One window's bridge, and the function that closes it. */
export interface AttachedBridge {
  bridge: BridgeServer;
  detach(): void;
}

/**
 * Maximum number of tickets that are kept until a window subscribes to them. When it is exceeded, the oldest ticket
 * is dropped.
 */
const MAX_WAITING_TICKETS = 8;

/**
 * The bridges of all open windows. Every app event is sent to each window that has subscribed to it. Tickets
 * to open are kept until a window subscribes to them. They may arrive while no window is open, while the
 * window is reloading, or while its page is still starting.
 */
export class WindowHub {
  readonly #handlers: Handlers;
  readonly #bridges = new Set<BridgeServer>();
  readonly #unlisten: () => void;
  #waiting: WindowEvent[] = [];

  /** @param own the bridge methods that the host implements itself */
  constructor(core: AppCore, own: Omit<Handlers, keyof AppCore['handlers']>) {
    this.#handlers = { ...core.handlers, ...own };
    this.#unlisten = core.listen((event) => this.#broadcast(event));
  }

  /** Number of open windows. */
  get windows(): number {
    return this.#bridges.size;
  }

  /** Opens a window's bridge. The caller must call `detach` when the window's channel has closed. */
  attach(options: Omit<BridgeServerOptions, 'handlers' | 'onSubscribe'>): AttachedBridge {
    const bridge: BridgeServer = new BridgeServer({
      ...options,
      handlers: this.#handlers,
      onSubscribe: (event) => {
        if (event === 'ticket.open') this.#sendWaiting(bridge);
      },
    });
    this.#bridges.add(bridge);
    return {
      bridge,
      detach: () => {
        this.#bridges.delete(bridge);
        bridge.close();
      },
    };
  }

  /** Closes all bridges. */
  close(): void {
    this.#unlisten();
    for (const bridge of this.#bridges) bridge.close();
    this.#bridges.clear();
  }

  #sendWaiting(bridge: BridgeServer): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) bridge.sendEvent(event);
  }

  #broadcast(event: WindowEvent): void {
    const isHeard = [...this.#bridges].some((bridge) => bridge.isSubscribedTo(event.event));
    if (!isHeard && event.event === 'ticket.open') {
      this.#waiting = [...this.#waiting, event].slice(-MAX_WAITING_TICKETS);
      return;
    }
    for (const bridge of this.#bridges) bridge.sendEvent(event);
  }
}
