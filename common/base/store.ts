/**
 * The read-only side of an observable value. The owner of the value keeps a `Store` and exposes it as a `Readable`.
 */
export interface Readable<T> {
  get(): T;
  /**
   * Calls `listener` after each change, but not with the current value. Returns the function that
   * unsubscribes it.
   */
  subscribe(listener: (value: T) => void): () => void;
}

/** The writable side of an observable value. If a listener throws, the other listeners are still notified. */
export class Store<T> implements Readable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  /** Sets the value and notifies the listeners. Does nothing if the value is unchanged (`Object.is`). */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) notify(listener, value);
  }

  /** Sets the value that `change` computes from the current one. */
  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/**
 * Typed events. `Events` maps event names to payload types. If a listener throws, the other listeners are still
 * called.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>();

  /** Calls `listener` for each event with this name. Returns the function that unsubscribes it. */
  on<K extends keyof Events>(event: K, listener: (payload: Events[K]) => void): () => void {
    let set = this.#listeners.get(event);
    if (!set) {
      set = new Set();
      this.#listeners.set(event, set);
    }
    set.add(listener);
    return () => void set.delete(listener);
  }

  /** Calls the event's listeners synchronously. */
  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      notify(listener as (payload: Events[K]) => void, payload);
    }
  }
}

/** Calls a listener. If it throws, its error becomes an uncaught error. */
function notify<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
