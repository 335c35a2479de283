import { type Readable, Store } from '../../common/base/store.ts';
import type { CallRecord, InterruptedCall as InterruptedCallView } from '../../common/bridge/bridge.ts';
import type { CallBook } from './call-book.ts';
import { callTicketFor } from './call-record.ts';
import type { CallerPolicy } from './caller-policy.ts';
import type { OngoingCall, OngoingCallFile } from './ongoing-call.ts';

/** Options for `InterruptedCall`. */
interface InterruptedCallOptions {
  /** The file in which the previous process saved its call. Undefined if calls are not saved. */
  file: OngoingCallFile | undefined;
  book: CallBook;
  policy: CallerPolicy;
  /** Maximum time since the call was last active, in milliseconds. An older call is ignored. */
  withinMs: number;
}

/**
 * The call that was active when the previous process was killed. The user decides whether to call again. Until then,
 * no device is opened and nothing is sent to the peer, because the app may have been restarted without the user.
 */
export class InterruptedCall {
  readonly #options: InterruptedCallOptions;
  readonly #state: Store<OngoingCall | null>;

  constructor(options: InterruptedCallOptions) {
    this.#options = options;
    this.#state = new Store(options.file?.claim(options.withinMs) ?? null);
    this.discardIfBlocked();
  }

  /** The call; null if there is none, or once it has been taken. */
  get state(): Readable<OngoingCall | null> {
    return this.#state;
  }

  /** The call as displayed in the window; null if there is none. */
  get view(): InterruptedCallView | null {
    const call = this.#state.get();
    if (call === null) return null;
    const { policy } = this.#options;
    const { peer, direction, remoteName, muted, pictureOff } = call;
    return {
      ...{ peer, direction, muted, pictureOff },
      contactName: policy.contactName(peer),
      earlierName: policy.earlierName(peer),
      remote: { name: remoteName, muted: false, pictureOff: false, sharing: false },
    };
  }

  /** Removes the call, adds it to the history as lost, and returns it. Returns null if there is no call. */
  take(): OngoingCall | null {
    const call = this.#state.get();
    if (call === null) return null;
    this.#state.set(null);
    this.#options.file?.forget(call.id);
    void this.#options.book.record(lostRecordOf(call));
    return call;
  }

  /**
   * Calls `take` if the call was with this peer. Must be called with the peer of any other call that is
   * shown.
   */
  takeFor(peer: string): void {
    if (this.#state.get()?.peer === peer) this.take();
  }

  /** Calls `take` if the call's peer is blocked. Must be called whenever the contacts have changed. */
  discardIfBlocked(): void {
    const peer = this.#state.get()?.peer;
    if (peer !== undefined && this.#options.policy.isBlocked(peer)) this.take();
  }
}

function lostRecordOf(call: OngoingCall): CallRecord {
  const { id, peer, remoteName, direction, startedAtMs, activeAtMs, aliveAtMs, address } = call;
  return {
    ...{ id, peer, remoteName, direction, startedAtMs },
    durationMs: Math.max(0, aliveAtMs - activeAtMs),
    outcome: 'lost',
    ticket: callTicketFor({ endpointId: peer, ...address }),
  };
}
