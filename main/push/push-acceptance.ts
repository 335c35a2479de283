import { isBelow } from '../../common/relay/relay-path.ts';
import { notAcceptedText } from './push-failure.ts';

/**
 * How long to wait for the relay to request announcements after the session is established, in milliseconds.
 * Even a busy relay sends the request right after the handshake. Must be less than the silence limit of 6 s.
 * A later request is still accepted.
 */
const TIMEOUT_MS = 5_000;
/** Maximum number of prefixes listed in the message to the user. */
const MAX_PREFIXES = 4;

/**
 * Detects whether a relay accepts a broadcast. A relay requests announcements only for the prefixes that the
 * session may publish under.
 */
export class PushAcceptance {
  readonly #name: string | undefined;
  readonly #report: (problem: string) => void;
  readonly #prefixes: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #accepted: boolean;
  #open = false;

  /**
   * @param name the broadcast that the relay must accept. If undefined, the relay counts as accepting from the
   *   start
   * @param report called with a message for the user if the relay does not accept the broadcast, and with an
   *   empty string once it does; called only while the session is open
   */
  constructor(name: string | undefined, report: (problem: string) => void) {
    this.#name = name;
    this.#accepted = name === undefined;
    this.#report = report;
  }

  /** Handles the relay's request for announcements under a prefix. */
  onInterest(prefix: string): void {
    if (this.#accepted) return;
    if (this.#prefixes.length < MAX_PREFIXES && !this.#prefixes.includes(prefix)) this.#prefixes.push(prefix);
    this.#accepted = isBelow([prefix], this.#name ?? '');
    if (this.#accepted && this.#open) this.#reportAccepted();
  }

  /** Must be called when the session is established. Starts the timeout. */
  open(): void {
    this.#open = true;
    if (this.#accepted) {
      this.#reportAccepted();
      return;
    }
    const reportRefused = () => this.#report(notAcceptedText(this.#name ?? '', this.#prefixes));
    this.#timer = setTimeout(reportRefused, TIMEOUT_MS);
  }

  /** Must be called when the session has ended. Idempotent. */
  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  #reportAccepted(): void {
    clearTimeout(this.#timer);
    this.#report('');
  }
}
