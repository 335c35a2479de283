import { Path } from 'moq-net';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { shortId } from '../../common/words/caller-identity.ts';
import { excerpt } from '../base/option-values.ts';
import { ThrottledLog } from '../base/throttled-log.ts';
import type { Origin, Publication } from '../origin/origin.ts';
import { Session } from '../origin/session.ts';
import type { PullEvent } from './pulls/pulls.ts';

/** Maximum number of different lines per minute. One session can publish and end hundreds of broadcasts in a minute. */
const MAX_LINES_PER_MINUTE = 60;

/** The state and message that were last logged for a pull. */
type LoggedPull = { state: PullEvent['state']; message: string };

/**
 * Logs when a publisher starts or ends a broadcast, and when a pull is requested, goes live, is lost or is
 * released. Strangers can trigger these lines, so repetitions are only counted.
 */
export class ActivityLog {
  readonly #lines: ThrottledLog;
  readonly #published = new Map<string, Publication>();
  readonly #pulls = new Map<string, LoggedPull>();

  constructor(write: (line: string) => void) {
    this.#lines = new ThrottledLog({ write, maxLines: MAX_LINES_PER_MINUTE });
  }

  /** Logs the broadcasts that sessions publish. Returns the function that stops the logging. */
  watch(origin: Origin): () => void {
    return origin.watch(Path.empty(), ({ path, current }) => {
      const before = this.#published.get(path);
      if (before === current) return;
      if (current && current.by instanceof Session) {
        this.#published.set(path, current);
        this.#lines.add(`broadcast "${excerpt(path)}": live, published by ${current.by.label}`);
      } else if (before?.by instanceof Session) {
        this.#published.delete(path);
        this.#lines.add(`broadcast "${excerpt(path)}": ended, was published by ${before.by.label}`);
      }
    });
  }

  /** Logs that a client has requested a ticket that was not being pulled. */
  requested(ticket: string, client: string): void {
    this.#lines.add(`pull ${nameOfPull(ticket)}: requested by ${client}`);
  }

  /** Logs the state of a pull if it has changed. */
  pull({ ticket, state, message }: PullEvent): void {
    const before = this.#pulls.get(ticket);
    if (state === 'released') this.#pulls.delete(ticket);
    else this.#pulls.set(ticket, { state, message });
    if (before?.state === state && before.message === message) return;
    const text = lineFor(state, message, before?.state === 'live');
    if (text !== null) this.#lines.add(`pull ${nameOfPull(ticket)}: ${text}`);
  }

  /** Writes the pending counts. */
  close(): void {
    this.#lines.close();
  }
}

/** Returns the log line for a pull's state; null for a state that is not logged. */
function lineFor(state: PullEvent['state'], message: string, wasLive: boolean): string | null {
  if (state === 'live') return 'live';
  if (state === 'released') return 'released, because nobody is watching it any more';
  if (state === 'failed') return `${wasLive ? 'lost' : 'failed'}. ${message}`;
  if (message !== '') return message;
  return wasLive ? 'lost, reconnecting' : null;
}

/**
 * Returns a ticket's broadcast name and short endpoint id for the log. With the whole ticket, anyone who
 * reads the log could watch the broadcast.
 */
function nameOfPull(ticket: string): string {
  const { broadcastName, endpointId } = parseTicket(ticket);
  return `"${excerpt(broadcastName)}" from peer ${shortId(endpointId)}`;
}
