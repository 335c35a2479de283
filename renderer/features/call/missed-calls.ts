import type { CallState } from '../../../common/bridge/bridge.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import type { Toasts } from '../shared/toasts.ts';
import { hasEndScreen } from './call-view.ts';
import { callTexts } from './call-words.ts';

/**
 * Shows a toast for each call that ended before the user answered it. Skips calls that the user declined in
 * this window.
 */
export class MissedCalls {
  readonly #toasts: Pick<Toasts, 'show'>;
  /** Calls that the user declined in this window. */
  readonly #declined = new Set<string>();
  /** The waiting calls in main's last update. */
  #waiting: readonly CallState[];

  constructor(toasts: Pick<Toasts, 'show'>, waiting: readonly CallState[]) {
    this.#toasts = toasts;
    this.#waiting = waiting;
  }

  /** Records that the user declined a call in this window. */
  recordDeclined(id: string): void {
    this.#declined.add(id);
  }

  /** Shows a toast for each waiting caller who hung up. Must be called with each update from main. */
  update(calls: readonly CallState[], waiting: readonly CallState[]): void {
    const before = this.#waiting;
    this.#waiting = waiting;
    const known = new Set([...calls, ...waiting].map(({ id }) => id));
    for (const call of before) {
      if (!known.has(call.id) && !this.#declined.has(call.id))
        this.#show(callTexts.missed(callerIdentity(call)));
    }
    for (const id of this.#declined) if (!known.has(id)) this.#declined.delete(id);
  }

  /** Shows a toast about the end of a call that the Call screen does not show. */
  showEnd(call: CallState): void {
    if (this.#declined.has(call.id)) return;
    this.#show(
      hasEndScreen(call) ? callTexts.ended(call.message).title : callTexts.missed(callerIdentity(call)),
    );
  }

  #show(text: string): void {
    this.#toasts.show(text);
  }
}
