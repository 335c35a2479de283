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
 * What a host (Electron, the loopback browser host) is given of the application: the calls to answer, the events to
 * pass to the window, and where to attach a window's media channel. A host adds the calls only it can answer.
 */
export interface AppCore {
  readonly endpointId: string;
  readonly handlers: CoreHandlers;
  /** Every event of the bridge, for every window. */
  listen(listener: (event: WindowEvent) => void): () => void;
  /** Takes over the socket: attaches the window's MoQ session to the Origin and closes it when either side ends. */
  attachMedia(socket: MediaSocket): void;
  /** Where calls to this person lead, with the addresses there are now. */
  callTicket(): string;
  /**
   * Opens a ticket or link in the window, from the command line, the system, or a second start. A call ticket is
   * dialled.
   */
  openTicket(text: string): void;
  /** Ends broadcasts and pulls, closes the endpoint. Idempotent; within 3 seconds. */
  close(): Promise<void>;
}

export type WindowEvent = { [E in EventName]: { event: E; payload: EventPayload<E> } }[EventName];

/**
 * Requests arrive parsed: the bridge server does that once, for every host. `signal` is aborted when the window does
 * not want the answer any more, `gone` when the window's bridge is gone.
 */
export type Handlers = {
  [N in MethodName]: (
    request: z.output<(typeof methods)[N]['request']>,
    signal: AbortSignal,
    gone?: AbortSignal,
  ) => Promise<MethodReply<N>>;
};

/** The calls that a host answers itself. */
export type HostMethods = 'app.info' | 'screens.list' | 'screens.choose';
export type CoreHandlers = Omit<Handlers, HostMethods>;
