import { once } from '../../common/base/once.ts';
import { Emitter, type Readable, Store } from '../../common/base/store.ts';
import {
  type Bridge,
  type BridgeLoss,
  type EventName,
  type EventPayload,
  events,
  type MediaSocket,
  type MethodName,
  type MethodReply,
  type MethodRequest,
  methods,
} from '../../common/bridge/bridge.ts';
import { type EventFrame, mainFrameSchema, type WindowFrame } from '../../common/bridge/frames.ts';

/**
 * Maximum time from a request to main's reply, in ms. Main answers most requests from memory, but screen
 * thumbnails take a second or two.
 */
const REQUEST_TIMEOUT_MS = 30_000;

interface PendingRequest {
  name: MethodName;
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

/** A host's transport for frames and media channels. */
export interface Wire {
  send(frame: WindowFrame): void;
  openMedia(signal?: AbortSignal): Promise<MediaSocket>;
}

/**
 * The window's end of the bridge, which is the same for every host. The host provides a `Wire` and passes main's
 * frames to this client.
 */
export class BridgeClient implements Bridge {
  readonly connected: Readable<boolean>;
  readonly loss: Readable<BridgeLoss | null>;
  readonly #connected = new Store(false);
  readonly #loss = new Store<BridgeLoss | null>(null);
  readonly #wire: Wire;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #events = new Emitter<{ [E in EventName]: EventPayload<E> }>();
  /** Number of listeners for each event to which this window has subscribed in main. */
  readonly #listeners = new Map<EventName, number>();
  // The first request id is random, so that a late reply to a request from before a reload is not mistaken
  // for the reply to a newer request.
  #nextId = Math.floor(Math.random() * 2 ** 40);

  constructor(wire: Wire) {
    this.#wire = wire;
    this.connected = this.#connected;
    this.loss = this.#loss;
  }

  request<N extends MethodName>(
    name: N,
    request: MethodRequest<N>,
    signal?: AbortSignal,
  ): Promise<MethodReply<N>> {
    return new Promise<MethodReply<N>>((resolve, reject) => {
      if (signal?.aborted) return reject(reasonOf(signal));
      if (!this.#connected.get()) return reject(new Error('Cannot reach the app right now.'));
      const id = this.#nextId++;
      const cancel = (error: Error): void => {
        if (!this.#pending.has(id)) return;
        settle();
        this.#wire.send({ id, cancel: true });
        reject(error);
      };
      const onAbort = (): void => cancel(signal ? reasonOf(signal) : new Error('cancelled'));
      const timer = setTimeout(() => cancel(new Error('The app is not responding.')), REQUEST_TIMEOUT_MS);
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(id);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending.set(id, {
        name,
        resolve: (reply) => {
          settle();
          const parsed = methods[name].reply.safeParse(reply);
          if (parsed.success) resolve(parsed.data as MethodReply<N>);
          else reject(new Error(`The app sent a malformed reply to "${name}".`));
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#wire.send({ id, method: name, request });
    });
  }

  listen<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void {
    const stop = this.#events.on(event, listener);
    this.#setListeners(event, (this.#listeners.get(event) ?? 0) + 1);
    return once(() => {
      stop();
      this.#setListeners(event, (this.#listeners.get(event) ?? 1) - 1);
    });
  }

  openMedia(signal?: AbortSignal): Promise<MediaSocket> {
    return this.#wire.openMedia(signal);
  }

  /** Called by the host when the wire is connected. */
  attached(): void {
    this.#loss.set(null);
    for (const event of this.#listeners.keys()) this.#wire.send({ subscribe: event });
    this.#connected.set(true);
  }

  /** Called by the host when it cannot reconnect, with the reason. */
  setLoss(loss: BridgeLoss): void {
    this.#loss.set(loss);
  }

  /** Called by the host when the wire is disconnected. Rejects all pending requests. */
  lost(): void {
    this.#connected.set(false);
    for (const pending of [...this.#pending.values()]) {
      pending.reject(new Error('The connection to the app was lost.'));
    }
  }

  /**
   * Handles a frame from main. Ignores frames that it cannot parse, since a newer main might send other
   * kinds.
   */
  receive(data: unknown): void {
    const frame = mainFrameSchema.safeParse(data);
    if (!frame.success) return;
    if ('event' in frame.data) {
      this.#event(frame.data);
      return;
    }
    const pending = this.#pending.get(frame.data.id);
    if (!pending) return;
    if ('error' in frame.data) pending.reject(new Error(frame.data.error));
    else pending.resolve(frame.data.ok);
  }

  #event({ event, payload }: EventFrame): void {
    if (isEventName(event)) this.#emit(event, payload);
  }

  #emit<E extends EventName>(event: E, payload: unknown): void {
    const parsed = events[event].safeParse(payload);
    if (parsed.success) this.#events.emit<EventName>(event, parsed.data);
  }

  /**
   * Subscribes to an event in main when the event gets its first listener, and unsubscribes when it loses its
   * last one.
   */
  #setListeners(event: EventName, count: number): void {
    const before = this.#listeners.get(event) ?? 0;
    if (count > 0) this.#listeners.set(event, count);
    else this.#listeners.delete(event);
    if (!this.#connected.get()) return;
    if (before === 0) this.#wire.send({ subscribe: event });
    else if (count === 0) this.#wire.send({ unsubscribe: event });
  }
}

function isEventName(name: string): name is EventName {
  return Object.hasOwn(events, name);
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('cancelled');
}
