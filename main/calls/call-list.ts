import { type Readable, Store } from '../../common/base/store.ts';
import type { CallState } from '../../common/bridge/bridge.ts';
import type { Call } from './call.ts';

/** A peer's names in the contacts and the history. */
type PeerNames = Pick<CallState, 'contactName' | 'earlierName'>;

/** All calls of the endpoint: the shown calls (the current call, or the call that ended last) and the waiting calls. */
export class CallList {
  readonly #namesOf: (peer: string) => PeerNames;
  readonly #shown = new Set<Call>();
  readonly #waiting = new Set<Call>();
  readonly #states = new Store<readonly CallState[]>([]);
  readonly #waitingStates = new Store<readonly CallState[]>([]);

  /** @param namesOf returns a peer's names in the contacts and the history */
  constructor(namesOf: (peer: string) => PeerNames) {
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

  get all(): Call[] {
    return [...this.#shown, ...this.#waiting];
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

  /** Returns the call with a peer that has not ended; undefined if there is none. */
  withPeer(peer: string): Call | undefined {
    return this.all.find((call) => call.peer === peer && call.state !== 'ended');
  }

  /** Returns the call with this id. @throws Error if there is no such call, or if it has ended */
  find(id: string): Call {
    const call = this.all.find((candidate) => candidate.id === id && candidate.state !== 'ended');
    if (!call) throw new Error('This call has already ended.');
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

  /** Updates `states` and `waitingStates`. Must be called whenever a call or a contact has changed. */
  publish(): void {
    const stateOf = (call: Call): CallState => ({ ...call.view, ...this.#namesOf(call.peer) });
    this.#states.set(this.shown.map(stateOf));
    this.#waitingStates.set(this.waiting.map(stateOf));
  }
}
