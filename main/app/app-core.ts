import type { z } from 'zod';
import type {
  EventName,
  EventPayload,
  MediaSocket,
  MethodName,
  MethodReply,
  methods,
} from '../../common/bridge/bridge.ts';

/**
 * The application from the point of view of a host (Electron, or the loopback browser host). It provides the bridge
 * methods that the application handles, the events to pass to windows, and the attachment of media channels. The host
 * implements the remaining methods.
 */
export interface AppCore {
  readonly endpointId: string;
  readonly handlers: CoreHandlers;
  /** Subscribes to all events of the bridge. Returns the unsubscriber. */
  listen(listener: (event: WindowEvent) => void): () => void;
  /**
   * Attaches a window's MoQ session to the Origin. Takes ownership of the socket and closes it when either side ends.
   */
  attachMedia(socket: MediaSocket): void;
  /** The user's call ticket with the current addresses. */
  callTicket(): string;
  /**
   * Opens a ticket or link from the command line, the system, or a second start of the app. A call ticket is dialled;
   * any other ticket is opened in the window. An invalid ticket is logged and reported as a JSON event.
   */
  openTicket(text: string): void;
  /** Ends all broadcasts, pulls and calls, and closes the endpoint within 3 seconds. Idempotent. */
  close(): Promise<void>;
}

/** An event of the bridge for windows. */
export type WindowEvent = { [E in EventName]: { event: E; payload: EventPayload<E> } }[EventName];

/**
 * Implementations of the bridge methods. The host has already parsed the request. `signal` is aborted when the window
 * cancels the request, and `gone` when the window's bridge closes.
 */
export type Handlers = {
  [N in MethodName]: (
    request: z.output<(typeof methods)[N]['request']>,
    signal: AbortSignal,
    gone?: AbortSignal,
  ) => Promise<MethodReply<N>>;
};

/** The methods that a host implements itself. */
type HostMethods = 'app.info' | 'screens.list' | 'screens.choose';
/** The methods that the application implements. */
export type CoreHandlers = Omit<Handlers, HostMethods>;
