/**
 * Keeps messages that arrive before a socket has a handler, and delivers them to its first handler. A
 * WebSocket or message port would drop them.
 */
export class MessageInbox<M> {
  readonly #maxBytes: number;
  readonly #onOverflow: () => void;
  #handler: ((message: M) => void) | null = null;
  #early: M[] = [];
  #earlyBytes = 0;

  /** @param onOverflow called when more than `maxBytes` are waiting for a handler */
  constructor(maxBytes: number, onOverflow: () => void) {
    this.#maxBytes = maxBytes;
    this.#onOverflow = onOverflow;
  }

  get handler(): ((message: M) => void) | null {
    return this.#handler;
  }

  /** Sets the handler and delivers the waiting messages. */
  set handler(handler: ((message: M) => void) | null) {
    this.#handler = handler;
    if (!handler) return;
    const early = this.#early;
    this.clear();
    for (const message of early) handler(message);
  }

  /** Delivers a message, or keeps it for the first handler. `bytes` is the size that counts toward the limit. */
  receive(message: M, bytes: number): void {
    if (this.#handler) {
      this.#handler(message);
      return;
    }
    this.#earlyBytes += bytes;
    this.#early.push(message);
    if (this.#earlyBytes > this.#maxBytes) this.#onOverflow();
  }

  /** Discards the messages that are waiting for a handler. */
  clear(): void {
    this.#early = [];
    this.#earlyBytes = 0;
  }
}
