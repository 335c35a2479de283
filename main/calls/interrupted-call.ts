import { type Readable, Store } from '../../common/base/store.ts';
import type { CallRecord, InterruptedCall as InterruptedCallView } from '../../common/bridge/bridge.ts';
import type { CallBook } from './call-book.ts';
import { callTicketFor } from './call-record.ts';
import type { CallerPolicy } from './caller-policy.ts';
import type { OngoingCall, OngoingCallFile } from './ongoing-call.ts';

/** Options for `InterruptedCall`. */
interface InterruptedCallOptions {
  /** The file that contains the call of the previous process. Undefined if calls are not saved. */
  file: OngoingCallFile | undefined;
  book: CallBook;
  policy: CallerPolicy;
  /** Maximum time since the call was last active, in milliseconds. An older call is ignored. */
  withinMs: number;
}

/**
 * The call that was active when the previous process was killed. The app may have been restarted without the
 * user, so it opens no device and sends nothing until the user decides to call again. The history already
 * lists the call as lost.
 */
export class InterruptedCall {
  readonly #options: InterruptedCallOptions;
  readonly #state: Store<OngoingCall | null>;
  /** Resolves when the call has been added to the history. */
  #recorded: Promise<void> = Promise.resolve();
  #forgotten: Promise<void> = Promise.resolve();

  constructor(options: InterruptedCallOptions) {
    this.#options = options;
    const found = options.file?.claim() ?? null;
    const inHistory = options.book.history.get().find(({ id }) => id === found?.id);
    // The call is recorded now instead of when the user decides, because this process may be killed before then, and
    // because a new call overwrites the file.
    if (found && !inHistory) this.#recorded = options.book.record(lostRecordOf(found));
    // Any other outcome means that the call ended normally, and that the process was killed between saving
    // the history and clearing the file.
    const hasEnded = inHistory !== undefined && inHistory.outcome !== 'lost';
    const isOffered = found !== null && !hasEnded && isRecent(found, options.withinMs);
    this.#state = new Store(isOffered ? found : null);
    if (found && !isOffered) this.#forget(found);
    this.discardIfBlocked();
  }

  /** The call; null if there is none or if it has already been dismissed. */
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

  /** Removes the call. It stays in the history as lost. Does nothing if there is no call. */
  dismiss(): void {
    const call = this.#state.get();
    if (call === null) return;
    this.#state.set(null);
    this.#forget(call);
  }

  /**
   * Dismisses the call if it was with this peer. Must be called whenever another call is shown, with the peer
   * of that call.
   */
  dismissFor(peer: string): void {
    if (this.#state.get()?.peer === peer) this.dismiss();
  }

  /** Dismisses the call if its peer is blocked. Must be called whenever the contacts have changed. */
  discardIfBlocked(): void {
    const peer = this.#state.get()?.peer;
    if (peer !== undefined && this.#options.policy.isBlocked(peer)) this.dismiss();
  }

  /** Resolves when the call has been added to the history and, if it was dismissed, cleared from the file. */
  async flushed(): Promise<void> {
    await Promise.all([this.#recorded, this.#forgotten]);
  }

  /** Clears the call from the file, but only after the history has been saved. */
  #forget({ id }: OngoingCall): void {
    this.#forgotten = this.#recorded.then(() => this.#options.file?.forget(id));
  }
}

/** Whether the call was active at most `withinMs` ago. */
function isRecent({ aliveAtMs }: OngoingCall, withinMs: number): boolean {
  const ageMs = Date.now() - aliveAtMs;
  // A time in the future means that the clock was changed, so the age of the call is unknown.
  return ageMs >= 0 && ageMs < withinMs;
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
