import { Scope } from '../../../common/base/scope.ts';
import { LiveChannel, type WindowChannel } from './live-channel.ts';
import type { LiveServices } from './live-services.ts';
import { WindowClaim } from './window-claim.ts';

/**
 * Keeps two windows of the app from being live under the same name. Viewers see only the newer broadcast, so
 * the older window has to stop. A `BroadcastChannel` connects the windows of one browser. Main informs windows
 * in different browsers.
 */
export class LiveWindows {
  readonly #services: LiveServices;
  readonly #onTakenOver: (name: string) => void;
  readonly #channel: LiveChannel;
  readonly #claim = new WindowClaim();
  readonly #scope = new Scope();
  /** The name under which this window is live; null while it is not live. */
  #name: string | null = null;

  /** Calls `onTakenOver` with the broadcast's name when another window goes live under it. */
  constructor(services: LiveServices, channel: WindowChannel, onTakenOver: (name: string) => void) {
    this.#services = services;
    this.#onTakenOver = onTakenOver;
    this.#channel = new LiveChannel((name) => {
      if (name === this.#name) onTakenOver(name);
    }, channel);
    this.#scope.own(() => this.#channel.close());
    this.#scope.own(
      services.media.publisher.state.subscribe(({ phase, name }) =>
        this.#update(phase === 'live' ? name : null),
      ),
    );
    this.#scope.own(services.state.subscribe(() => this.#checkClaim()));
  }

  /** Whether another window of the app is live under this name. */
  isElsewhere(name: string): boolean {
    return this.#claim.isElsewhere(this.#services.state.get().broadcasts ?? [], name);
  }

  /** Closes the channel to the other windows. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  #update(name: string | null): void {
    if (name === null) this.#claim.reset();
    if (name === this.#name) return;
    this.#name = name;
    if (name === null) return;
    this.#channel.announce(name);
    this.#claimName(name);
  }

  /** Tells main that this window runs the broadcast, or reports that another window has claimed it. */
  #checkClaim(): void {
    const name = this.#name;
    const { broadcasts } = this.#services.state.get();
    if (name === null || !broadcasts) return;
    const next = this.#claim.next(broadcasts, name);
    if (next === 'claim') this.#claimName(name);
    else if (next === 'stop') this.#onTakenOver(name);
  }

  #claimName(name: string): void {
    if (!this.#services.state.get().broadcasts) return;
    const claim = this.#services.bridge.request('live.claim', { window: this.#claim.windowId, name });
    this.#services.attempt(claim, 'Could not stop the broadcast in your other windows');
  }
}
