import { isBelow } from '../../common/relay/relay-place.ts';
import { notTakenWords } from './push-words.ts';

/**
 * How long a relay may take to say what it takes, in milliseconds. It says so at once after the handshake, so this is
 * the slowest round trip; what comes later still counts.
 */
const PATIENCE_MS = 3_000;
/** Prefixes that are kept for words: nobody reads more. */
const MAX_KEPT = 4;

/** Whether a relay takes a broadcast, by the announcements that it asks for: only of what it lets one publish. */
export class Taken {
  readonly #name: string | undefined;
  readonly #tell: (missing: string) => void;
  readonly #prefixes: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #covered: boolean;
  #open = false;

  /**
   * `name`: the broadcast's; undefined for whatever the relay takes. `tell` hears, while the session is up, what is
   * wrong and what to do; an empty text once the relay takes it.
   */
  constructor(name: string | undefined, tell: (missing: string) => void) {
    this.#name = name;
    this.#covered = name === undefined;
    this.#tell = tell;
  }

  /** The relay asks for what is announced below the prefix. */
  hear(prefix: string): void {
    if (this.#covered) return;
    if (this.#prefixes.length < MAX_KEPT && !this.#prefixes.includes(prefix)) this.#prefixes.push(prefix);
    this.#covered = isBelow([prefix], this.#name ?? '');
    if (this.#covered && this.#open) this.#take();
  }

  /** The session is up. */
  open(): void {
    this.#open = true;
    if (this.#covered) this.#take();
    else {
      this.#timer = setTimeout(
        () => this.#tell(notTakenWords(this.#name ?? '', this.#prefixes)),
        PATIENCE_MS,
      );
    }
  }

  /** The session is gone. Idempotent. */
  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  #take(): void {
    clearTimeout(this.#timer);
    this.#tell('');
  }
}
