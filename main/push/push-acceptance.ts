import { isBelow } from '../../common/relay/relay-path.ts';
import { notAcceptedText } from './push-failure.ts';

/**
 * How long a relay may take to ask for announcements, in milliseconds. It asks right after the handshake, so this covers
 * the slowest round trip. A later request still counts.
 */
const TIMEOUT_MS = 3_000;
/** Prefixes kept for the message to the user. */
const MAX_PREFIXES = 4;

/**
 * Detects whether a relay accepts a broadcast: a relay asks for announcements only below the prefixes that the session may
 * publish.
 */
export class PushAcceptance {
  readonly #name: string | undefined;
  readonly #report: (problem: string) => void;
  readonly #prefixes: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #accepted: boolean;
  #open = false;

  /**
   * @param name the broadcast; undefined if any subset of what is pushed is fine
   * @param report called while the session is open: with a message for the user when the relay does not accept the
   *   broadcast, with an empty string once it does
   */
  constructor(name: string | undefined, report: (problem: string) => void) {
    this.#name = name;
    this.#accepted = name === undefined;
    this.#report = report;
  }

  /** Handles the relay's request for announcements below a prefix. */
  onInterest(prefix: string): void {
    if (this.#accepted) return;
    if (this.#prefixes.length < MAX_PREFIXES && !this.#prefixes.includes(prefix)) this.#prefixes.push(prefix);
    this.#accepted = isBelow([prefix], this.#name ?? '');
    if (this.#accepted && this.#open) this.#reportAccepted();
  }

  /** The session is established: starts the timeout. */
  open(): void {
    this.#open = true;
    if (this.#accepted) {
      this.#reportAccepted();
      return;
    }
    const reportRefused = () => this.#report(notAcceptedText(this.#name ?? '', this.#prefixes));
    this.#timer = setTimeout(reportRefused, TIMEOUT_MS);
  }

  /** The session has ended. Idempotent. */
  close(): void {
    this.#open = false;
    clearTimeout(this.#timer);
  }

  #reportAccepted(): void {
    clearTimeout(this.#timer);
    this.#report('');
  }
}
