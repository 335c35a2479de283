import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { withNewer } from '../endpoint/known-addr.ts';
import type { Call } from './call.ts';
import type { CallLink } from './call-connection.ts';
import { ALIVE_EVERY_MS, type Ongoing, type OngoingFile } from './ongoing.ts';
import { type Reaching, reachAgain } from './reach.ts';
import { addressOf } from './record.ts';
import { redial } from './redial.ts';

/** Addresses kept of each kind. */
const MAX_ADDRESSES = 8;

interface Known {
  address: PeerAddr;
  /** Whether this side calls again: the one that called does, and the other one lets it in. */
  dials: boolean;
}

export interface RecoveryOptions {
  reaching: Reaching;
  /** How long one attempt may take, in milliseconds. */
  redialMs: number;
  ongoing?: OngoingFile | undefined;
}

/** Where the peer of each call is, who calls again when its link is lost, and what is kept of it on the disk. */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #known = new Map<Call, Known>();
  readonly #redialling = new Set<Call>();
  /** The call that is written down, and what about it was new then. */
  #kept: Call | undefined;
  #written: readonly unknown[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  know(call: Call, address: PeerAddr, dials: boolean): void {
    this.#known.set(call, { address, dials });
  }

  addressOf(call: Call): PeerAddr | undefined {
    return this.#known.get(call)?.address;
  }

  /** The other side made the call after all: it calls again. */
  leaveDialling(call: Call): void {
    const known = this.#known.get(call);
    if (known) known.dials = false;
  }

  /** The peer came to us: it can be reached where it came from. */
  cameOver(call: Call, { transport, incoming }: CallLink): void {
    const known = this.#known.get(call);
    if (!known || !incoming) return;
    known.address = withNewer(known.address, addressOf(transport), MAX_ADDRESSES);
  }

  /** The call lost its link. */
  getBack(call: Call): void {
    const known = this.#known.get(call);
    if (known?.dials) void this.#redial(call, known);
  }

  /** To be called at each change of the call that is shown. */
  follow(call: Call): void {
    if (call.state === 'active') this.#keep(call);
    else if (call.state === 'ended' && this.#kept === call) this.#release();
    // While it is being restored, what is on the disk stays: the last moment it was alive.
  }

  /** The call is one that an earlier process left behind: what is kept of it is this one's to remove. */
  adopt(call: Call): void {
    this.#kept = call;
  }

  forget(call: Call): void {
    this.#known.delete(call);
  }

  async settled(): Promise<void> {
    await this.#options.ongoing?.settled();
  }

  async #redial(call: Call, known: Known): Promise<void> {
    if (this.#redialling.has(call)) return;
    this.#redialling.add(call);
    const { reaching, redialMs } = this.#options;
    await redial(call, (signal) => reachAgain(reaching, known.address, signal, redialMs));
    this.#redialling.delete(call);
  }

  #keep(call: Call): void {
    // What the peer says of itself waits for the next time: it must not make the disk work.
    const { muted, pictureOff } = call.said;
    const now = [call, call.link, muted, pictureOff];
    if (now.some((value, i) => value !== this.#written[i])) this.#write(call);
    this.#kept = call;
    this.#written = now;
    this.#timer ??= setInterval(() => {
      if (this.#kept?.state === 'active') this.#write(this.#kept);
    }, ALIVE_EVERY_MS);
  }

  #release(): void {
    this.#kept = undefined;
    this.#written = [];
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#options.ongoing?.keep(null);
  }

  #write(call: Call): void {
    const known = this.#known.get(call);
    const { link } = call;
    if (link) this.cameOver(call, link);
    if (known) this.#options.ongoing?.keep(ongoingOf(call, known));
  }
}

function ongoingOf(call: Call, { address, dials }: Known): Ongoing {
  const { id, direction, peer, startedAtMs, activeAtMs, remote } = call.view;
  const { muted, pictureOff } = call.said;
  const nowMs = Date.now();
  return {
    ...{ id, direction, peer, startedAtMs, muted, pictureOff },
    address: { relayUrls: [...address.relayUrls], ipAddrs: [...address.ipAddrs] },
    dials,
    activeAtMs: activeAtMs ?? nowMs,
    aliveAtMs: nowMs,
    remoteName: remote?.name ?? '',
  };
}
