import type { AppCore, Handlers, WindowEvent } from '../app/app-core.ts';
import { BridgeServer, type BridgeServerOptions } from './bridge-server.ts';

/** One window's bridge, and the function that closes it. */
export interface AttachedBridge {
  bridge: BridgeServer;
  detach(): void;
}

/** The bridges of all open windows. Every app event is sent to each window that has subscribed to it. */
export class WindowHub {
  readonly #handlers: Handlers;
  readonly #bridges = new Set<BridgeServer>();
  readonly #unlisten: () => void;

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
  attach(options: Omit<BridgeServerOptions, 'handlers'>): AttachedBridge {
    const bridge = new BridgeServer({ ...options, handlers: this.#handlers });
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

  #broadcast(event: WindowEvent): void {
    for (const bridge of this.#bridges) bridge.sendEvent(event);
  }
}
