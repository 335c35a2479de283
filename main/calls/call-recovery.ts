import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { mergePeerAddrs } from '../endpoint/peer-addrs.ts';
import type { Call } from './call.ts';
import type { CallConnection } from './call-connection.ts';
import { observedAddress } from './call-record.ts';
import { type CallDialer, redialCall } from './dial.ts';
import { redialUntilRestored } from './redial.ts';

/** Maximum number of IP addresses, and of relay addresses, that are remembered for each peer. */
const MAX_ADDRESSES = 8;

/** The addresses of a call's peer. */
export interface CallPeer {
  address: PeerAddr;
  /** Whether this side redials when the connection is lost. The caller's side redials; the callee's side waits. */
  dials: boolean;
}

/** Options for redialing lost calls. */
interface CallRecoveryOptions {
  dialer: CallDialer;
  /** Timeout of one redial attempt, in milliseconds. */
  redialMs: number;
}

/** Remembers the addresses of each call's peer, and redials the peer when the connection is lost. */
export class CallRecovery {
  readonly #options: CallRecoveryOptions;
  readonly #peers = new Map<Call, CallPeer>();
  readonly #redialling = new Set<Call>();

  constructor(options: CallRecoveryOptions) {
    this.#options = options;
  }

  add(call: Call, address: PeerAddr, dials: boolean): void {
    this.#peers.set(call, { address, dials });
  }

  remove(call: Call): void {
    this.#peers.delete(call);
  }

  peerOf(call: Call): Readonly<CallPeer> | undefined {
    return this.#peers.get(call);
  }

  /**
   * Lets the peer redial if the call is lost. Must be called if both peers called each other at the same time
   * (glare) and the peer's connection won.
   */
  yieldRedialling(call: Call): void {
    const peer = this.#peers.get(call);
    if (peer) peer.dials = false;
  }

  /** Adds the peer's addresses as observed on an incoming connection, so that redialing also tries them. */
  updateAddress(call: Call, { transport, incoming }: CallConnection): void {
    const peer = this.#peers.get(call);
    if (!peer || !incoming) return;
    peer.address = mergePeerAddrs(peer.address, observedAddress(transport), MAX_ADDRESSES);
  }

  /** Starts to redial a call that has lost its connection, if this side is responsible for redialing. */
  redial(call: Call): void {
    const peer = this.#peers.get(call);
    if (peer?.dials) void this.#redial(call, peer);
  }

  async #redial(call: Call, peer: CallPeer): Promise<void> {
    if (this.#redialling.has(call)) return;
    this.#redialling.add(call);
    const { dialer, redialMs } = this.#options;
    await redialUntilRestored(call, (signal) => redialCall(dialer, peer.address, signal, redialMs));
    this.#redialling.delete(call);
  }
}
