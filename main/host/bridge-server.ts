import { messageOf } from '../../common/base/errors.ts';
import { type EventName, type MethodName, methods } from '../../common/bridge/bridge.ts';
import { type MainFrame, windowFrameSchema } from '../../common/bridge/frames.ts';
import type { Handlers, WindowEvent } from '../app/app-core.ts';
import { log } from '../base/log.ts';
import { ThrottledLog } from '../base/throttled-log.ts';

/**
 * Maximum number of unanswered requests per window. The app's window has only a few; a higher number indicates a bug
 * or an attack.
 */
const MAX_REQUESTS_IN_FLIGHT = 64;

/** Options for a `BridgeServer`: its handlers, and the callbacks that connect it to its window. */
export interface BridgeServerOptions {
  handlers: Handlers;
  /** Sends a frame to the window. Not called after `close`. */
  send(frame: MainFrame): void;
  /** Called when the window violates the bridge protocol. The owner should then close the channel. */
  onViolation(reason: string): void;
}

/**
 * The main process's end of one window's bridge. It parses frames, calls handlers, sends replies, and cancels
 * requests. Its owner transports the frames.
 */
export class BridgeServer {
  readonly #options: BridgeServerOptions;
  readonly #inFlight = new Map<number, AbortController>();
  readonly #subscriptions = new Set<EventName>();
  readonly #gone = new AbortController();
  /** Limits the log output, because a compromised window can send any number of malformed requests. */
  readonly #faults = new ThrottledLog({ write: log.warn });
  #closed = false;

  constructor(options: BridgeServerOptions) {
    this.#options = options;
  }

  /**
   * Handles a message from the window. An invalid frame counts as a protocol violation; an invalid request is
   * answered with an error.
   */
  receive(data: unknown): void {
    if (this.#closed) return;
    const frame = windowFrameSchema.safeParse(data);
    if (!frame.success) {
      this.#options.onViolation('a message is not a frame of the bridge');
      return;
    }
    if ('cancel' in frame.data) {
      this.#inFlight.get(frame.data.id)?.abort();
      return;
    }
    if ('subscribe' in frame.data) {
      this.#subscriptions.add(frame.data.subscribe);
      return;
    }
    if ('unsubscribe' in frame.data) {
      this.#subscriptions.delete(frame.data.unsubscribe);
      return;
    }
    const { id, method, request } = frame.data;
    if (this.#inFlight.has(id)) {
      this.#options.onViolation('an id is used twice');
      return;
    }
    void this.#answer(id, method, request);
  }

  /** Sends an event to the window, if the window has subscribed to it. */
  sendEvent({ event, payload }: WindowEvent): void {
    if (this.#subscriptions.has(event)) this.#send({ event, payload });
  }

  /** Cancels all requests and stops sending frames. */
  close(): void {
    this.#closed = true;
    this.#gone.abort();
    for (const controller of this.#inFlight.values()) controller.abort();
    this.#inFlight.clear();
  }

  async #answer(id: number, method: string, request: unknown): Promise<void> {
    if (!isMethodName(method)) {
      this.#send({ id, error: `There is no method "${method}"` });
      return;
    }
    if (this.#inFlight.size >= MAX_REQUESTS_IN_FLIGHT) {
      this.#send({ id, error: 'Too many requests at the same time' });
      return;
    }
    const parsed = methods[method].request.safeParse(request);
    if (!parsed.success) {
      this.#send({ id, error: `The request of "${method}" is malformed` });
      this.#faults.add(`bridge: malformed request of ${method}`);
      log.debug('bridge: malformed request of %s: %s', method, parsed.error.message);
      return;
    }
    const controller = new AbortController();
    this.#inFlight.set(id, controller);
    try {
      const reply = await invoke(
        this.#options.handlers,
        method,
        parsed.data,
        controller.signal,
        this.#gone.signal,
      );
      this.#send({ id, ok: reply });
    } catch (error) {
      this.#send({ id, error: messageOf(error) });
      if (!controller.signal.aborted) log.warn('bridge: %s failed: %s', method, messageOf(error));
    } finally {
      this.#inFlight.delete(id);
    }
  }

  #send(frame: MainFrame): void {
    if (!this.#closed) this.#options.send(frame);
  }
}

function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

/**
 * Calls the handler of the method `name`. The caller must have parsed `request` with that method's schema,
 * because the compiler cannot check this across a union of methods.
 */
function invoke(
  handlers: Handlers,
  name: MethodName,
  request: unknown,
  signal: AbortSignal,
  gone: AbortSignal,
): Promise<unknown> {
  const handler = handlers[name] as (
    request: unknown,
    signal: AbortSignal,
    gone: AbortSignal,
  ) => Promise<unknown>;
  return handler(request, signal, gone);
}
