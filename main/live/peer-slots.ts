import { isSameNetwork } from '../base/client-key.ts';
import { ConcurrencyLimiter } from '../base/concurrency-limiter.ts';
import { MAX_PEERS } from '../endpoint/admission.ts';

/**
 * What a peer uses its connection for. `idle`: it has requested nothing. `waiting`: it has requested a
 * broadcast but receives no media, for example because the broadcast has not started.
 */
export type PeerUse = 'idle' | 'waiting' | 'watching' | 'call';

/**
 * Limits on how many remote peers can be connected, and on how long a peer can stay connected without reading
 * media.
 */
export interface PeerSlotLimits {
  total: number;
  /** The number of slots that only contacts can use. */
  reserved: number;
  /** Maximum number of slots for one client that is not a contact; see `clientOfPeer`. */
  perClient: number;
  /** Maximum number of slots for all peers behind iroh relays together. */
  relayed: number;
  /** Maximum number of slots for one endpoint id. */
  perPeer: number;
  /** How long a peer may be idle, in ms. */
  idleMs: number;
  /** How long a peer that is not a contact may wait, in ms. */
  waitingMs: number;
  /** How long a peer must have been idle before it may be disconnected to make room for another, in ms. */
  idleGraceMs: number;
  /** How long a peer must have waited before it may be disconnected to make room for another, in ms. */
  waitingGraceMs: number;
  /** The time over which received media is measured to determine whether a peer is watching, in ms. */
  watchingWindowMs: number;
}

/** The application's limits. Tests use lower ones. */
export const PEER_SLOT_LIMITS: PeerSlotLimits = {
  total: MAX_PEERS,
  reserved: 32,
  // Enough for a dozen viewers behind one home router, even if some also have lost connections that have not timed out.
  perClient: 48,
  relayed: 96,
  // One connection is enough, because all windows of an app share it. The other slots are for old connections
  // that have not timed out yet.
  perPeer: 8,
  // More than enough, because peers send their first request within a few round trips.
  idleMs: 60_000,
  // Long enough to open a ticket well before the broadcast starts. A viewer that is disconnected after this
  // time reconnects automatically.
  waitingMs: 3_600_000,
  idleGraceMs: 5_000,
  waitingGraceMs: 60_000,
  // Longer than the keyframe interval of a shared screen whose content does not change.
  watchingWindowMs: 30_000,
};

/** A connected peer. */
export interface SlotHolder {
  remoteId: string;
  /** The client whose limits apply. It changes when a direct network path is found. */
  client: () => string;
  use: () => PeerUse;
  /** Disconnects the peer, because it did not use its connection. */
  disconnect: (reason: string) => void;
}

interface Slot {
  holder: SlotHolder;
  client: string;
  isContact: boolean;
  use: PeerUse;
  /** When the current use began, in ms from `performance.now()`. */
  sinceMs: number;
  /** Stops counting the peer toward its client's limits. */
  release: () => void;
}

/** How often slots are checked for peers that have been idle too long, in ms. */
const CHECK_MS = 5_000;

/**
 * Allocates connection slots to remote peers. Strangers share the slots that are not reserved for contacts,
 * with a quota per client and per endpoint id. When no slot is free, a peer that reads no media may be
 * disconnected, but never a peer that is watching or in a call.
 */
export class PeerSlots {
  readonly #limits: PeerSlotLimits;
  readonly #isContact: (remoteId: string) => boolean;
  readonly #strangers: ConcurrencyLimiter;
  readonly #slots = new Set<Slot>();
  readonly #timer: NodeJS.Timeout;

  constructor(isContact: (remoteId: string) => boolean, limits: Partial<PeerSlotLimits> = {}) {
    this.#limits = { ...PEER_SLOT_LIMITS, ...limits };
    this.#isContact = isContact;
    const { total, reserved, perClient, relayed, idleMs } = this.#limits;
    this.#strangers = new ConcurrencyLimiter(total - reserved, perClient, relayed);
    this.#timer = setInterval(() => this.#disconnectIdle(), Math.min(CHECK_MS, idleMs / 2));
    this.#timer.unref();
  }

  /** Returns the function that releases the peer's slot, or undefined if the peer must be disconnected. */
  acquire(holder: SlotHolder): (() => void) | undefined {
    const isContact = this.#isContact(holder.remoteId);
    const client = holder.client();
    if (!this.#makeRoomForPeer(holder.remoteId)) return undefined;
    const release = isContact ? this.#acquireForContact() : this.#acquireForStranger(client);
    if (!release) return undefined;
    const slot: Slot = { holder, client, isContact, use: 'idle', sinceMs: performance.now(), release };
    this.#slots.add(slot);
    return () => this.#remove(slot);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #makeRoomForPeer(remoteId: string): boolean {
    const isOfPeer = ({ holder }: Slot) => holder.remoteId === remoteId;
    return [...this.#slots].filter(isOfPeer).length < this.#limits.perPeer || this.#evict(isOfPeer);
  }

  #acquireForContact(): (() => void) | undefined {
    const hasRoom = this.#slots.size < this.#limits.total || this.#evict(({ isContact }) => !isContact);
    return hasRoom ? () => undefined : undefined;
  }

  #acquireForStranger(client: string): (() => void) | undefined {
    if (this.#strangers.isFull(client)) {
      const isNear = (slot: Slot) => !slot.isContact && isSameNetwork(slot.client, client);
      if (!this.#evict(isNear)) return undefined;
    }
    const { total, reserved } = this.#limits;
    if (this.#slots.size >= total || this.#strangers.active >= total - reserved) {
      // Disconnect only a peer whose client already has more slots than this client would have with the new
      // one. During a flood from a few addresses, this affects only the flooding peers.
      const own = this.#strangers.activeOf(client) + 1;
      const hasMore = (slot: Slot) => !slot.isContact && this.#strangers.activeOf(slot.client) > own;
      if (!this.#evict(hasMore)) return undefined;
    }
    const release = this.#strangers.acquire(client);
    return typeof release === 'string' ? undefined : release;
  }

  /**
   * Disconnects the candidate that has been idle longest or, if there is none, the one that has waited longest. Returns
   * false if no candidate may be disconnected.
   */
  #evict(isCandidate: (slot: Slot) => boolean): boolean {
    const { idleGraceMs, waitingGraceMs } = this.#limits;
    const nowMs = performance.now();
    const longest = (use: PeerUse, graceMs: number): Slot | undefined => {
      let found: Slot | undefined;
      for (const slot of this.#slots) {
        if (!isCandidate(slot) || this.#updateUse(slot) !== use || nowMs - slot.sinceMs < graceMs) continue;
        if (!found || slot.sinceMs < found.sinceMs) found = slot;
      }
      return found;
    };
    const slot = longest('idle', idleGraceMs) ?? longest('waiting', waitingGraceMs);
    if (!slot) return false;
    this.#disconnect(slot, 'the connection is needed for another peer');
    return true;
  }

  #disconnectIdle(): void {
    const { idleMs, waitingMs } = this.#limits;
    for (const slot of [...this.#slots]) {
      const use = this.#updateUse(slot);
      this.#updateClient(slot);
      const forMs = performance.now() - slot.sinceMs;
      const isTooLong = use === 'idle' ? forMs >= idleMs : use === 'waiting' && forMs >= waitingMs;
      if (isTooLong && !(use === 'waiting' && slot.isContact)) this.#disconnect(slot, 'nothing was read');
    }
  }

  #updateUse(slot: Slot): PeerUse {
    const use = slot.holder.use();
    if (use !== slot.use) {
      slot.use = use;
      slot.sinceMs = performance.now();
    }
    return use;
  }

  /** Counts a peer toward the limits of its new client, if its client has changed and the new one has a free slot. */
  #updateClient(slot: Slot): void {
    const client = slot.holder.client();
    if (slot.isContact || client === slot.client) return;
    const release = this.#strangers.acquire(client);
    if (typeof release === 'string') return;
    slot.release();
    slot.release = release;
    slot.client = client;
  }

  #disconnect(slot: Slot, reason: string): void {
    this.#remove(slot);
    slot.holder.disconnect(reason);
  }

  #remove(slot: Slot): void {
    if (this.#slots.delete(slot)) slot.release();
  }
}
