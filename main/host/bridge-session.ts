import { messageOf } from '../../common/base/errors.ts';
import { type EventName, type EventPayload, type MethodName, methods } from '../../common/bridge/bridge.ts';
import { type MainFrame, windowFrameSchema } from '../../common/bridge/frames.ts';
import type { Handlers, WindowEvent } from '../app/app-core.ts';
import { log } from '../base/log.ts';

/** What one window may have in flight. A window of ours has a handful; more is a fault or an attack. */
const MAX_CALLS_IN_FLIGHT = 64;

export interface BridgeSessionOptions {
  handlers: Handlers;
  /** Sends to the window. Not called after `close`. */
  send(frame: MainFrame): void;
  /** The other end does not keep to the contract. The owner closes its channel. */
  onViolation(reason: string): void;
}

/**
 * Main's end of one window's bridge: parses what arrives, calls the handlers, answers, cancels. It knows nothing of
 * how frames travel.
 */
export class BridgeSession {
  readonly #options: BridgeSessionOptions;
  readonly #inFlight = new Map<number, AbortController>();
  readonly #gone = new AbortController();
  #closed = false;

  constructor(options: BridgeSessionOptions) {
    this.#options = options;
  }

  /** Takes anything. What is no frame at all is a violation; a bad call is answered with an error. */
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
    const { id, method: call, request } = frame.data;
    if (this.#inFlight.has(id)) {
      this.#options.onViolation('an id is used twice');
      return;
    }
    void this.#answer(id, call, request);
  }

  event<E extends EventName>(event: { event: E; payload: EventPayload<E> } | WindowEvent): void {
    this.#send({ event: event.event, payload: event.payload });
  }

  /** Cancels what is in flight; nothing is sent any more. */
  close(): void {
    this.#closed = true;
    this.#gone.abort();
    for (const controller of this.#inFlight.values()) controller.abort();
    this.#inFlight.clear();
  }

  async #answer(id: number, call: string, request: unknown): Promise<void> {
    if (!isCallName(call)) {
      this.#send({ id, error: `There is no call "${call}"` });
      return;
    }
    if (this.#inFlight.size >= MAX_CALLS_IN_FLIGHT) {
      this.#send({ id, error: 'Too many calls at once' });
      return;
    }
    const parsed = methods[call].request.safeParse(request);
    if (!parsed.success) {
      this.#send({ id, error: `The request of "${call}" is malformed` });
      log.warn('bridge: malformed request of %s: %s', call, parsed.error.message);
      return;
    }
    const controller = new AbortController();
    this.#inFlight.set(id, controller);
    try {
      const reply = await invoke(
        this.#options.handlers,
        call,
        parsed.data,
        controller.signal,
        this.#gone.signal,
      );
      this.#send({ id, ok: reply });
    } catch (error) {
      this.#send({ id, error: messageOf(error) });
      if (!controller.signal.aborted) log.warn('bridge: %s failed: %s', call, messageOf(error));
    } finally {
      this.#inFlight.delete(id);
    }
  }

  #send(frame: MainFrame): void {
    if (!this.#closed) this.#options.send(frame);
  }
}

function isCallName(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

/** The schema of `name` has parsed `request`: the compiler cannot follow that through a union of calls. */
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
