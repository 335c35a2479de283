import { Path } from 'moq-net';
import type { Settings } from '../../common/bridge.ts';
import type { Readable } from '../../common/store.ts';
import { Emitter } from '../../common/store.ts';
import { exactMount } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import type { PeerAddress } from '../origin/peer.ts';
import type { Session, Transport } from '../origin/session.ts';
import type { Broadcasts } from './broadcasts.ts';
import { Push, type PushState } from './push.ts';
import { pushDial, pushFailureOf } from './push-dial.ts';

export interface PushesOptions {
  origin: Origin;
  livePrefix: string;
  broadcasts: Broadcasts;
  settings: Readable<Settings>;
  dialPeer: (address: PeerAddress, signal: AbortSignal) => Promise<Transport>;
}

interface Held {
  push: Push;
  unsubscribe: () => void;
}

/** Pushes what is live to the relay that the settings name, while they say so. */
export class Pushes {
  readonly events = new Emitter<{ changed: null }>();
  readonly #options: PushesOptions;
  readonly #live = new Set<string>();
  readonly #held = new Map<string, Held>();
  readonly #stops: (() => void)[];
  #wish = '';

  constructor(options: PushesOptions) {
    this.#options = options;
    const { broadcasts, settings } = options;
    this.#stops = [
      broadcasts.events.on('live', ({ name }) => {
        this.#live.add(name);
        this.#apply();
      }),
      broadcasts.events.on('ended', ({ name }) => {
        this.#live.delete(name);
        this.#apply();
      }),
      settings.subscribe(() => this.#apply()),
    ];
    this.#apply();
  }

  /** How the push of a broadcast goes; null when it is not pushed. */
  of(name: string): PushState | null {
    return this.#held.get(name)?.push.state.get() ?? null;
  }

  sessionOf(name: string): Session | undefined {
    return this.#held.get(name)?.push.session;
  }

  sessions(): Session[] {
    return [...this.#held.values()].flatMap(({ push }) => push.session ?? []);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    await Promise.all([...this.#held.keys()].map((name) => this.#drop(name)));
  }

  #apply(): void {
    const { pushing, pushTo, pushToken } = this.#options.settings.get();
    const wish = pushing && pushTo.trim() !== '' ? JSON.stringify([pushTo, pushToken]) : '';
    const changed = wish !== this.#wish;
    this.#wish = wish;
    for (const name of [...this.#held.keys()]) {
      if (changed || !this.#live.has(name)) void this.#drop(name);
    }
    if (wish === '') return;
    for (const name of this.#live) {
      if (!this.#held.has(name)) this.#start(name, pushTo, pushToken);
    }
  }

  #start(name: string, pushTo: string, pushToken: string): void {
    const { origin, livePrefix, dialPeer } = this.#options;
    const dial = pushDial(pushTo, pushToken, dialPeer);
    const path = Path.join(Path.from(livePrefix), Path.from(name));
    const grants = { read: [exactMount(path, name)], publish: [], pull: false };
    const push = new Push({ origin, grants, label: `push "${name}"`, dial, failureOf: pushFailureOf });
    const unsubscribe = push.state.subscribe(() => this.events.emit('changed', null));
    this.#held.set(name, { push, unsubscribe });
    this.events.emit('changed', null);
  }

  async #drop(name: string): Promise<void> {
    const held = this.#held.get(name);
    if (!held) return;
    this.#held.delete(name);
    held.unsubscribe();
    this.events.emit('changed', null);
    await held.push.close();
  }
}
