import { type Readable, Store } from '../../common/base/store.ts';
import type { CallState } from '../../common/bridge/bridge.ts';
import { type Call, isRingingHere } from './call.ts';
import type { PeerNames } from './caller-policy.ts';

/**
 * All calls of the endpoint: the shown calls (the current call, or the one that ended last), the waiting
 * calls, and the silenced calls, which ring only for the caller.
 */
export class CallList {
  readonly #namesOf: (call: Call) => PeerNames;
  readonly #shown = new Set<Call>();
  readonly #waiting = new Set<Call>();
  readonly #silenced = new Set<Call>();
  readonly #states = new Store<readonly CallState[]>([]);
  readonly #waitingStates = new Store<readonly CallState[]>([]);

  /** @param namesOf returns the names that the user knows for a call's peer */
  constructor(namesOf: (call: Call) => PeerNames) {
    this.#namesOf = namesOf;
  }

  /** States of the shown calls, for the window. */
  get states(): Readable<readonly CallState[]> {
    return this.#states;
  }

  /** States of the waiting calls, for the window; longest wait first. */
  get waitingStates(): Readable<readonly CallState[]> {
    return this.#waitingStates;
  }

  get shown(): Call[] {
    return [...this.#shown];
  }

  /** The waiting calls, longest wait first. */
  get waiting(): Call[] {
    return [...this.#waiting];
  }

  /** The silenced calls, which ring for the caller but not here. */
  get silenced(): Call[] {
    return [...this.#silenced];
  }

  get all(): Call[] {
    return [...this.#shown, ...this.#waiting, ...this.#silenced];
  }

  /** The shown call that has not ended; undefined if there is none. */
  get current(): Call | undefined {
    return this.shown.find(({ state }) => state !== 'ended');
  }

  /** The shown call that is answered and connected; undefined if there is none. */
  get active(): Call | undefined {
    return this.shown.find(({ state }) => state === 'active');
  }

  isShown(call: Call): boolean {
    return this.#shown.has(call);
  }

  isWaiting(call: Call): boolean {
    return this.#waiting.has(call);
  }

  /** Returns the call with this peer, unless it has ended; undefined if there is none. */
  withPeer(peer: string): Call | undefined {
    return this.all.find((call) => call.peer === peer && call.state !== 'ended');
  }

  /** Returns the shown or waiting call with this id. @throws Error if there is no such call, or if it has ended */
  find(id: string): Call {
    const call = [...this.#shown, ...this.#waiting].find(
      (candidate) => candidate.id === id && candidate.state !== 'ended',
    );
    if (!call) throw new Error('This call has already ended.');
    return call;
  }

  /**
   * Returns the call with this id if it is ringing on this side.
   *
   * @throws Error if there is no such call, or if it is not ringing here
   */
  findRinging(id: string): Call {
    const call = this.find(id);
    if (!isRingingHere(call)) throw new Error('This call is not ringing.');
    return call;
  }

  /** Shows a call and removes the calls that have ended. */
  show(call: Call): void {
    for (const other of this.shown) if (other.state === 'ended') this.#shown.delete(other);
    this.#shown.add(call);
  }

  /** Removes a shown call if it has ended. */
  dismiss(id: string): void {
    const call = this.shown.find((candidate) => candidate.id === id);
    if (call?.state === 'ended') this.#shown.delete(call);
    this.publish();
  }

  addWaiting(call: Call): void {
    this.#waiting.add(call);
  }

  /** Removes a waiting call. Returns whether the call was waiting. */
  removeWaiting(call: Call): boolean {
    return this.#waiting.delete(call);
  }

  /** Adds a silenced call, which rings for the caller but not here. Hides the call if it was shown. */
  silence(call: Call): void {
    this.#shown.delete(call);
    this.#silenced.add(call);
  }

  /** Removes a silenced call. Returns false if the call was not silenced. */
  removeSilenced(call: Call): boolean {
    return this.#silenced.delete(call);
  }

  /** Updates `states` and `waitingStates`. Must be called whenever a call or a contact has changed. */
  publish(): void {
    const stateOf = (call: Call): CallState => ({ ...call.view, ...this.#namesOf(call) });
    this.#states.set(this.shown.map(stateOf));
    this.#waitingStates.set(this.waiting.map(stateOf));
  }
}
