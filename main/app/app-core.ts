import type { z } from 'zod';
import type {
  EventName,
  EventPayload,
  MediaSocket,
  MethodName,
  MethodReply,
  methods,
  OutsideOrigin,
} from '../../common/bridge/bridge.ts';

/**
 * The application without its host (Electron, or the loopback browser host): the bridge methods that it
 * implements, its events for windows, and the function that attaches media channels.
 */
export interface AppCore {
  readonly endpointId: string;
  readonly handlers: CoreHandlers;
  /** Subscribes to all bridge events. Returns a function that unsubscribes. */
  listen(listener: (event: WindowEvent) => void): () => void;
  /**
   * Attaches a window's MoQ session to the Origin. Takes ownership of the socket and closes it when either side ends.
   */
  attachMedia(socket: MediaSocket): void;
  /** The user's call ticket, with this endpoint's current addresses. */
  callTicket(): string;
  /**
   * Calls `listener` with the user's call ticket now, and again whenever the addresses in it change. Returns a function
   * that unsubscribes.
   */
  followCallTicket(listener: (ticket: string) => void): () => void;
  /**
   * Asks the user to confirm a ticket or link from outside the window. Nothing is sent before the user confirms
   * it. An invalid ticket is logged and reported as a JSON event.
   */
  requestTicket(text: string, origin: OutsideOrigin): void;
  /** Ends all broadcasts, pulls and calls, and closes the endpoint within 3 seconds. Idempotent. */
  close(): Promise<void>;
}

/** A bridge event that is sent to windows. */
export type WindowEvent = { [E in EventName]: { event: E; payload: EventPayload<E> } }[EventName];

/**
 * Bridge method implementations. The host has already parsed the request. `signal` aborts when the window
 * cancels the request, `gone` when the window's bridge closes.
 */
export type Handlers = {
  [N in MethodName]: (
    request: z.output<(typeof methods)[N]['request']>,
    signal: AbortSignal,
    gone?: AbortSignal,
  ) => Promise<MethodReply<N>>;
};

/** The bridge methods that a host implements itself. */
type HostMethods = 'app.info' | 'screens.list' | 'screens.choose';
/** The bridge methods that the application implements. */
export type CoreHandlers = Omit<Handlers, HostMethods>;
