import { type Readable, Store } from '../../common/base/store.ts';
import type { CallState } from '../../common/bridge/bridge.ts';
import type { Call } from './call.ts';

/** The calls there are: those on show, which are the one that goes on or the last that ended, and those that wait. */
export class Roster {
  readonly #nameOf: (peer: string) => string | null;
  readonly #shown = new Set<Call>();
  readonly #waiting = new Set<Call>();
  readonly #states = new Store<readonly CallState[]>([]);
  readonly #waitingStates = new Store<readonly CallState[]>([]);

  /** `nameOf` is what the person calls a peer. */
  constructor(nameOf: (peer: string) => string | null) {
    this.#nameOf = nameOf;
  }

  get states(): Readable<readonly CallState[]> {
    return this.#states;
  }

  get waitingStates(): Readable<readonly CallState[]> {
    return this.#waitingStates;
  }

  get shown(): Call[] {
    return [...this.#shown];
  }

  /** The longest first. */
  get waiting(): Call[] {
    return [...this.#waiting];
  }

  get all(): Call[] {
    return [...this.#shown, ...this.#waiting];
  }

  /** The call that goes on. */
  get present(): Call | undefined {
    return this.shown.find(({ state }) => state !== 'ended');
  }

  /** The call in which both sides are now. */
  get active(): Call | undefined {
    return this.shown.find(({ state }) => state === 'active');
  }

  isShown(call: Call): boolean {
    return this.#shown.has(call);
  }

  isWaiting(call: Call): boolean {
    return this.#waiting.has(call);
  }

  /** The one with a peer that is not over. */
  with(peer: string): Call | undefined {
    return this.all.find((call) => call.peer === peer && call.state !== 'ended');
  }

  /** @throws Error when there is none that is not over. */
  find(id: string): Call {
    const call = this.all.find((candidate) => candidate.id === id && candidate.state !== 'ended');
    if (!call) throw new Error('There is no such call any more.');
    return call;
  }

  /** In place of what ended. */
  show(call: Call): void {
    for (const other of this.shown) if (other.state === 'ended') this.#shown.delete(other);
    this.#shown.add(call);
  }

  /** Takes one off the screen if it is over. */
  dismiss(id: string): void {
    const call = this.shown.find((candidate) => candidate.id === id);
    if (call?.state === 'ended') this.#shown.delete(call);
    this.publish();
  }

  wait(call: Call): void {
    this.#waiting.add(call);
  }

  /** Whether it was waiting. */
  waitNoMore(call: Call): boolean {
    return this.#waiting.delete(call);
  }

  /** Some call, or what somebody is called, changed. */
  publish(): void {
    const stateOf = (call: Call): CallState => ({ ...call.view, contactName: this.#nameOf(call.peer) });
    this.#states.set(this.shown.map(stateOf));
    this.#waitingStates.set(this.waiting.map(stateOf));
  }
}
