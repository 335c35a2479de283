import { Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { log } from '../base/log.ts';
import { type Grants, readableAs } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import { Session, type Transport } from '../origin/session.ts';
import { ticketOf } from '../pull/ticket-path.ts';
import { type Access, grantsOf } from './auth.ts';
import { STRANGERS } from './clients.ts';
import { Gate, type OnRefused, type Refusal, type RelayLimits, strangersShare } from './limits.ts';
import type { SessionKind } from './metrics.ts';

export interface Guest {
  kind: SessionKind;
  /** By which limits go. */
  client: string;
  access: Access;
  /** What its address asks for (`?name=`): a ticket, or a path. */
  asks: string | null;
  /** From `enter`. */
  release: () => void;
  transport: Transport;
  /** Bytes that passed since the session began. */
  bytes: () => { sent: number; received: number };
}

export interface SessionsOptions {
  origin: Origin;
  localId: string;
  limits: RelayLimits;
  want: (client: string, ticket: Path.Valid, ended: AbortSignal) => Promise<void>;
  /** Where sessions tell what their clients do wrong. */
  warn: (line: string) => void;
  onOpened: (kind: SessionKind) => void;
  onRefused: OnRefused;
}

/** Codes with which the relay closes sessions, beside 0 and the flood's 2 of `Session`. */
export const CLOSE_TOO_MANY = 2;
export const CLOSE_EXPIRED = 3;
export const CLOSE_BANDWIDTH = 5;

/** A client that says nothing for this long after it connected is dropped, in milliseconds. */
const HANDSHAKE_MS = 10_000;
/** How often traffic is looked at, and for how long it may be too much, in milliseconds. */
const SAMPLE_MS = 1_000;
const TOO_MUCH_SAMPLES = 5;
/** The longest delay that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Entry {
  guest: Guest;
  session: Session | undefined;
  /** At the last look. */
  seenBytes: number;
}

/** All MoQ sessions of the relay, over whatever transport: let in, watched, closed. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #scope = new Scope();
  readonly #gate: Gate;
  readonly #entries = new Set<Entry>();
  /** Of sessions that are over. */
  #past = { sent: 0, received: 0 };
  readonly #tooMuch = new Map<string | Entry, number>();
  #full = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    const { sessions, sessionsPerClient } = options.limits;
    this.#gate = new Gate(sessions, sessionsPerClient, strangersShare(sessionsPerClient, sessions));
    const timer = setInterval(() => this.#sample(), SAMPLE_MS);
    this.#scope.own(() => clearInterval(timer));
  }

  get counts(): Record<SessionKind, number> {
    const counts = { iroh: 0, webtransport: 0, websocket: 0 };
    for (const { guest } of this.#entries) counts[guest.kind] += 1;
    return counts;
  }

  get bytes(): { sent: number; received: number } {
    const sum = { ...this.#past };
    for (const { guest } of this.#entries) {
      const { sent, received } = guest.bytes();
      sum.sent += sent;
      sum.received += received;
    }
    return sum;
  }

  /** A place for a session, to be given back once, or why there is none. */
  enter(client: string): (() => void) | Refusal {
    const refusal = this.#refusal(client);
    if (typeof refusal === 'function') return refusal;
    this.#options.onRefused(refusal, client, `no place for its session (${refusal})`);
    return refusal;
  }

  /** Runs a session until it ends. Takes over the transport and the place. Never rejects. */
  async run(guest: Guest): Promise<void> {
    const entry: Entry = { guest, session: undefined, seenBytes: 0 };
    this.#entries.add(entry);
    const forget = this.#scope.own(() => guest.transport.close({ closeCode: 0, reason: 'the relay ends' }));
    try {
      await this.#serve(entry);
    } catch (error) {
      log.debug(`${guest.kind} ${guest.client}: ${messageOf(error)}`);
    } finally {
      forget();
      this.#entries.delete(entry);
      guest.release();
      const { sent, received } = guest.bytes();
      this.#past = { sent: this.#past.sent + sent, received: this.#past.received + received };
    }
  }

  /** Tells every session that the relay ends. */
  async close(): Promise<void> {
    const sessions = [...this.#entries].flatMap(({ session }) => session ?? []);
    await Promise.all(sessions.map((session) => session.close('the relay ends')));
    await this.#scope.close();
  }

  #refusal(client: string): (() => void) | Refusal {
    if (this.#scope.closed) return 'sessions';
    if (this.#full >= TOO_MUCH_SAMPLES) return 'bandwidth';
    const release = this.#gate.enter(client);
    if (release === 'total') return 'sessions';
    return release === 'client' ? 'sessions-per-client' : release;
  }

  async #serve(entry: Entry): Promise<void> {
    const { kind, client, access, asks, transport } = entry.guest;
    const { origin, limits, onRefused, onOpened, want, warn } = this.#options;
    const grants = grantsOf(access);
    const handshake = setTimeout(
      () => transport.close({ closeCode: 0, reason: 'no handshake' }),
      HANDSHAKE_MS,
    );
    let session: Session;
    try {
      session = await Session.accept(transport, {
        origin,
        grants,
        label: `${kind} ${client}`,
        maxAnnounced: limits.announcements,
        onFlood: (how) => onRefused(how, client),
        onUnfit: () => onRefused('path', client),
        warn,
        onWant: (path, ended) => want(client, path, ended),
        ...(asks === null ? {} : { asks: Path.from(asks) }),
        aliasOf: (path) => this.#aliasOf(path, grants),
      });
    } finally {
      clearTimeout(handshake);
    }
    entry.session = session;
    onOpened(kind);
    if (this.#scope.closed) await session.close('the relay ends');
    if (access.expiresAtMs !== null) expire(session, access.expiresAtMs);
    await new Promise<void>((resolve) => session.scope.own(resolve));
  }

  /**
   * Where a path is that is a ticket, in any spelling. One to this relay's own endpoint is the broadcast here, for
   * those who may read it; any other is pulled, for those who may have that done.
   */
  #aliasOf(path: Path.Valid, grants: Grants): Path.Valid | undefined {
    const found = ticketOf(path);
    if (!found) return undefined;
    if (found.ticket.endpointId !== this.#options.localId) return grants.pull ? found.path : undefined;
    return localPath(found.ticket.broadcastName, grants);
  }

  #sample(): void {
    const byClient = new Map<string | Entry, number>();
    let all = 0;
    for (const entry of this.#entries) {
      const { sent, received } = entry.guest.bytes();
      const bits = (sent + received - entry.seenBytes) * 8;
      entry.seenBytes = sent + received;
      all += bits;
      const payer = payerOf(entry);
      byClient.set(payer, (byClient.get(payer) ?? 0) + bits);
    }
    const { bps, bpsPerClient } = this.#options.limits;
    this.#full = bps > 0 && (all * 1000) / SAMPLE_MS > bps ? this.#full + 1 : 0;
    for (const client of [...this.#tooMuch.keys()]) if (!byClient.has(client)) this.#tooMuch.delete(client);
    for (const [client, bits] of byClient) {
      const over = bpsPerClient > 0 && (bits * 1000) / SAMPLE_MS > bpsPerClient;
      const times = over ? (this.#tooMuch.get(client) ?? 0) + 1 : 0;
      if (times > 0) this.#tooMuch.set(client, times);
      else this.#tooMuch.delete(client);
      if (times >= TOO_MUCH_SAMPLES) this.#cutOff(client);
    }
  }

  #cutOff(payer: string | Entry): void {
    this.#tooMuch.delete(payer);
    const client = typeof payer === 'string' ? payer : payer.guest.client;
    const words = 'more bandwidth than a client may have; its sessions are closed';
    this.#options.onRefused('bandwidth-per-client', client, words);
    for (const entry of this.#entries) {
      if (payerOf(entry) === payer) void entry.session?.close('too much bandwidth', CLOSE_BANDWIDTH);
    }
  }
}

/** Whose bandwidth it is: of clients without an address each session's own, as what one takes is not the others' doing. */
function payerOf(entry: Entry): string | Entry {
  return entry.guest.client === STRANGERS ? entry : entry.guest.client;
}

/** Where on the Origin a broadcast of this relay's own is, for those who may read it there. */
export function localPath(broadcastName: string, grants: Grants): Path.Valid | undefined {
  const path = Path.from(broadcastName);
  return readableAs(grants, path) === undefined ? undefined : path;
}

function expire(session: Session, atMs: number): void {
  const end = () => {
    const leftMs = atMs - Date.now();
    if (leftMs > 0) timer = setTimeout(end, Math.min(leftMs, MAX_TIMER_MS));
    else void session.close('the token has ended', CLOSE_EXPIRED);
  };
  let timer: NodeJS.Timeout | undefined;
  end();
  session.scope.own(() => clearTimeout(timer));
}
