import { type Readable, Store } from '../../common/base/store.ts';
import type { CallState } from '../../common/bridge/bridge.ts';
import type { Call } from './call.ts';

/** All calls of the endpoint: those shown (the current call, or the last one that ended) and those that wait. */
export class CallList {
  readonly #contactName: (peer: string) => string | null;
  readonly #shown = new Set<Call>();
  readonly #waiting = new Set<Call>();
  readonly #states = new Store<readonly CallState[]>([]);
  readonly #waitingStates = new Store<readonly CallState[]>([]);

  /** @param contactName returns the name of a peer in the contacts; null if there is none */
  constructor(contactName: (peer: string) => string | null) {
    this.#contactName = contactName;
  }

  /** The shown calls, for the window. */
  get states(): Readable<readonly CallState[]> {
    return this.#states;
  }

  /** The waiting calls, for the window; longest wait first. */
  get waitingStates(): Readable<readonly CallState[]> {
    return this.#waitingStates;
  }

  get shown(): Call[] {
    return [...this.#shown];
  }

  /** Longest wait first. */
  get waiting(): Call[] {
    return [...this.#waiting];
  }

  get all(): Call[] {
    return [...this.#shown, ...this.#waiting];
  }

  /** The shown call that has not ended. */
  get current(): Call | undefined {
    return this.shown.find(({ state }) => state !== 'ended');
  }

  /** The shown call that is answered and connected. */
  get active(): Call | undefined {
    return this.shown.find(({ state }) => state === 'active');
  }

  isShown(call: Call): boolean {
    return this.#shown.has(call);
  }

  isWaiting(call: Call): boolean {
    return this.#waiting.has(call);
  }

  /** The call with a peer that has not ended. */
  withPeer(peer: string): Call | undefined {
    return this.all.find((call) => call.peer === peer && call.state !== 'ended');
  }

  /** @throws Error if no call with this id is left, or it has ended */
  find(id: string): Call {
    const call = this.all.find((candidate) => candidate.id === id && candidate.state !== 'ended');
    if (!call) throw new Error('This call has already ended.');
    return call;
  }

  /** Shows a call and removes the ended ones. */
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

  /** Returns whether the call was waiting. */
  removeWaiting(call: Call): boolean {
    return this.#waiting.delete(call);
  }

  /** Updates `states` and `waitingStates`. Call it after each change of a call or a contact. */
  publish(): void {
    const stateOf = (call: Call): CallState => ({ ...call.view, contactName: this.#contactName(call.peer) });
    this.#states.set(this.shown.map(stateOf));
    this.#waitingStates.set(this.waiting.map(stateOf));
  }
}
