import { once } from '../../common/base/once.ts';
import { isSameNetwork } from '../base/client-key.ts';
import { ConcurrencyLimiter } from '../base/concurrency-limiter.ts';

/** Maximum numbers of simultaneous handshakes. */
export interface HandshakeLimits {
  /** Maximum for all directly connected peers together. */
  direct: number;
  perAddress: number;
  /** Maximum for all non-contacts behind iroh relays together. */
  relayed: number;
  /** Maximum for one endpoint id behind an iroh relay. */
  perRelayedPeer: number;
  /** Maximum for all contacts behind this endpoint's own iroh relay together. */
  contacts: number;
}

/** Where a connection attempt comes from. */
export interface AttemptSource {
  /** The source in the format of `IncomingPeer.from`. */
  from: string;
  isRelayed: boolean;
  /** Whether this endpoint's own iroh relay has verified that the attempt comes from a contact. */
  isContact: boolean;
}

/** A handshake that has been given a slot. */
export interface Handshake {
  /** Aborted when the handshake must end because another one needs its slot. */
  signal: AbortSignal;
  /** Releases the slot when the handshake has succeeded or failed. Idempotent. */
  end: () => void;
}

interface RunningHandshake {
  from: string;
  sinceMs: number;
  cancel: () => void;
}

interface Pool {
  limiter: ConcurrencyLimiter;
  /** The running handshakes, oldest first. */
  running: Set<RunningHandshake>;
}

/**
 * How long a handshake may keep its slot while others wait for one, in milliseconds. Even over a satellite
 * link, the two round trips of a handshake take less time.
 */
export const STALLED_MS = 3_000;

/**
 * Limits how many handshakes run at the same time. Direct peers, peers behind iroh relays, and contacts
 * behind this endpoint's own iroh relay have separate pools. When a pool is full, the oldest stalled
 * handshake in it is cancelled.
 */
export class HandshakeSlots {
  readonly #direct: Pool;
  readonly #relayed: Pool;
  readonly #contacts: Pool;
  readonly #nowMs: () => number;

  /** @param nowMs a monotonic clock in milliseconds */
  constructor(limits: HandshakeLimits, nowMs: () => number) {
    this.#direct = poolOf(limits.direct, limits.perAddress);
    this.#relayed = poolOf(limits.relayed, limits.perRelayedPeer);
    this.#contacts = poolOf(limits.contacts, limits.perRelayedPeer);
    this.#nowMs = nowMs;
  }

  /** Starts a handshake. Returns undefined if no slot is free and no handshake has stalled. */
  begin({ from, isRelayed, isContact }: AttemptSource): Handshake | undefined {
    const pool = isContact ? this.#contacts : isRelayed ? this.#relayed : this.#direct;
    let release = pool.limiter.acquire(from);
    if (typeof release === 'string') {
      this.#cancelStalled(pool, release === 'total' ? undefined : from);
      release = pool.limiter.acquire(from);
      if (typeof release === 'string') return undefined;
    }
    return this.#run(pool, from, release);
  }

  #run(pool: Pool, from: string, release: () => void): Handshake {
    const controller = new AbortController();
    const end = once(() => {
      pool.running.delete(handshake);
      release();
    });
    const handshake: RunningHandshake = {
      from,
      sinceMs: this.#nowMs(),
      cancel: () => {
        end();
        controller.abort(new Error('the handshake stalled, and others need its slot'));
      },
    };
    pool.running.add(handshake);
    return { signal: controller.signal, end };
  }

  /** @param from if given, only handshakes from this source or its network are cancelled */
  #cancelStalled(pool: Pool, from: string | undefined): void {
    const latestMs = this.#nowMs() - STALLED_MS;
    for (const handshake of pool.running) {
      if (handshake.sinceMs > latestMs) return;
      if (from !== undefined && !isSameNetwork(handshake.from, from)) continue;
      handshake.cancel();
      return;
    }
  }
}

function poolOf(total: number, perSource: number): Pool {
  return { limiter: new ConcurrencyLimiter(total, perSource), running: new Set() };
}
