import { STRANGERS } from './clients.ts';

/** What a relay lets others have. Who a client is: see clients.ts. */
export interface RelayLimits {
  /** MoQ sessions at once. */
  sessions: number;
  sessionsPerClient: number;
  /** Tickets pulled at once. */
  pulls: number;
  pullsPerClient: number;
  /** Broadcasts that one session has announced at once. */
  announcements: number;
  /** Streams that the other side of one session may have open at once, of each kind. */
  streams: number;
  /** Both directions together, in bits per second; 0: no limit. */
  bps: number;
  bpsPerClient: number;
}

export const DEFAULT_LIMITS: RelayLimits = {
  // What one core forwards of an ordinary picture, some times over; idle sessions cost little.
  sessions: 1_000,
  // A school class or an office behind one address.
  sessionsPerClient: 64,
  // Each is a connection of its own in the worst case; as the app has it.
  pulls: 256,
  // A wall of pictures.
  pullsPerClient: 16,
  // A person has a handful; a gateway some dozens.
  announcements: 200,
  // Groups of sound come 50 a second: five seconds of a link that stands still. As over iroh.
  streams: 256,
  bps: 0,
  // Sixty-four viewers of 3 Mbit/s.
  bpsPerClient: 200_000_000,
};

/** Why something was refused, for words, status codes and counters. */
export type Refusal =
  | 'sessions' // too many in all
  | 'sessions-per-client'
  | 'pulls'
  | 'pulls-per-client'
  | 'announcements'
  | 'announcement-rate'
  | 'bandwidth' // in all
  | 'bandwidth-per-client'
  | 'token' // none, or not a good one
  | 'address' // a private one
  | 'path' // a broadcast at the path of a ticket, or at one that is none
  | 'request'; // not one that is served

/** Hears of each refusal: why, of whom, and in words for the log; none for what is not worth a line. */
export type OnRefused = (reason: Refusal, client: string, words?: string) => void;

/**
 * The part of what there is in all that clients without an address share: enough for players that other people wrote,
 * and never so much that those who are known find nothing. Players turn to WebSocket, where addresses are known.
 */
const STRANGERS_SHARE = 1 / 4;

/** How much `STRANGERS` may have together, where each client may have `perClient`, and all `total`. */
export function strangersShare(perClient: number, total: number): number {
  return Math.max(perClient, Math.floor(total * STRANGERS_SHARE));
}

/** Counts what is held, in all and by client. */
export class Gate {
  readonly #total: number;
  readonly #perClient: number;
  readonly #strangers: number;
  readonly #held = new Map<string, number>();
  #count = 0;

  /** `strangers`: what those without an address may have together; as one client unless given. */
  constructor(total: number, perClient: number, strangers = perClient) {
    this.#total = total;
    this.#perClient = perClient;
    this.#strangers = strangers;
  }

  get held(): number {
    return this.#count;
  }

  /** A release to call once, or which limit is reached. */
  enter(client: string): (() => void) | 'total' | 'client' {
    const own = this.#held.get(client) ?? 0;
    if (own >= (client === STRANGERS ? this.#strangers : this.#perClient)) return 'client';
    if (this.#count >= this.#total) return 'total';
    this.#count += 1;
    this.#held.set(client, own + 1);
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      this.#count -= 1;
      const left = (this.#held.get(client) ?? 1) - 1;
      if (left > 0) this.#held.set(client, left);
      else this.#held.delete(client);
    };
  }
}
