import type { Call } from './call.ts';
import type { CallPeer, CallRecovery } from './call-recovery.ts';
import type { OngoingCall, OngoingCallFile } from './ongoing-call.ts';

/**
 * How often the file is updated during an active call, in milliseconds. This must be much shorter than the
 * minute for which the app offers to call again after a restart.
 */
const ALIVE_EVERY_MS = 5_000;

/**
 * Saves the current call to a file and keeps the file up to date, so that the user can call again after a
 * crash.
 */
export class OngoingCallRecorder {
  readonly #file: OngoingCallFile | undefined;
  readonly #recovery: CallRecovery;
  /** The call in the file; undefined if there is none. */
  #recorded: Call | undefined;
  /**
   * The values at the last update. If any of them has changed at the next update, the file is written
   * immediately.
   */
  #written: readonly unknown[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #clearing: Promise<unknown> = Promise.resolve();

  /** @param file undefined if calls are not saved */
  constructor(file: OngoingCallFile | undefined, recovery: CallRecovery) {
    this.#file = file;
    this.#recovery = recovery;
  }

  /**
   * Records a change to the shown call. While the call is reconnecting, the file keeps the time when the call
   * was last active.
   */
  update(call: Call): void {
    if (call.state === 'active') this.#record(call);
  }

  /**
   * Clears the file after a call has ended, unless it contains another call.
   *
   * @param inHistory resolves when the call is in the history. Until then, the call stays in the file in case
   *   the process is killed
   */
  clear(call: Call, inHistory: Promise<void>): void {
    if (this.#recorded === call) {
      this.#recorded = undefined;
      this.#written = [];
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    const cleared = inHistory.then(() => this.#file?.forget(call.id));
    this.#clearing = Promise.all([this.#clearing, cleared]);
  }

  /** Resolves when all writes so far have finished or failed. */
  async flushed(): Promise<void> {
    await this.#clearing;
    await this.#file?.flushed();
  }

  #record(call: Call): void {
    // Only local changes are written immediately. Otherwise, a peer that changes its status often would cause many
    // disk writes.
    const { muted, pictureOff } = call.ownStatus;
    const values = [call, call.connection, muted, pictureOff];
    if (values.some((value, i) => value !== this.#written[i])) this.#write(call);
    this.#recorded = call;
    this.#written = values;
    this.#timer ??= setInterval(() => {
      if (this.#recorded?.state === 'active') this.#write(this.#recorded);
    }, ALIVE_EVERY_MS);
  }

  #write(call: Call): void {
    if (call.connection) this.#recovery.updateAddress(call, call.connection);
    const peer = this.#recovery.peerOf(call);
    if (peer) this.#file?.save(ongoingCallOf(call, peer));
  }
}

function ongoingCallOf(call: Call, { address, dials }: Readonly<CallPeer>): OngoingCall {
  const { id, direction, peer, startedAtMs, activeAtMs, remote } = call.view;
  const { muted, pictureOff } = call.ownStatus;
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
