import { Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import type { Readable } from '../../common/base/store.ts';
import { Emitter } from '../../common/base/store.ts';
import type { BroadcastState, Settings } from '../../common/bridge/bridge.ts';
import { isBelow } from '../../common/relay/relay-place.ts';
import { parsePushTarget, pushedPath } from '../../common/ticket/relay-url.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import { exactMount } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import type { Session, Transport } from '../origin/session.ts';
import type { Broadcasts } from './broadcasts.ts';
import { Push } from './push.ts';
import { pushDial, pushFailureOf } from './push-dial.ts';
import { askRelayInfo } from './relay-info.ts';

export interface PushesOptions {
  origin: Origin;
  livePrefix: string;
  broadcasts: Broadcasts;
  settings: Readable<Settings>;
  dialPeer: (address: PeerAddr, signal: AbortSignal) => Promise<Transport>;
}

type PushView = NonNullable<BroadcastState['push']>;

/** What a relay's pages show is asked while it is called, and not waited for longer than this, in milliseconds. */
const LOOK_MS = 3_000;

interface Held {
  push: Push;
  watch: PushView['watch'];
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
  of(name: string): PushView | null {
    const held = this.#held.get(name);
    return held ? { ...held.push.state.get(), watch: held.watch } : null;
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
    const call = pushDial(pushTo, pushToken, dialPeer);
    const dial =
      call &&
      (async (signal: AbortSignal) => {
        const [transport, watch] = await Promise.all([call(signal), watchOf(pushTo, name, signal)]);
        held.watch = watch;
        return transport;
      });
    const path = Path.join(Path.from(livePrefix), Path.from(name));
    const grants = { read: [exactMount(path, name)], publish: [], pull: false };
    const label = `push "${name}"`;
    const push = new Push({ origin, grants, label, name, dial, failureOf: pushFailureOf });
    const unsubscribe = push.state.subscribe(() => this.events.emit('changed', null));
    const held: Held = { push, watch: null, unsubscribe };
    this.#held.set(name, held);
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

/** Whether the relay's pages show a broadcast that is pushed there. Never rejects. */
async function watchOf(pushTo: string, name: string, signal: AbortSignal): Promise<PushView['watch']> {
  const target = parsePushTarget(pushTo);
  if (target?.kind !== 'url') return null;
  const url = new URL(target.url);
  url.protocol = url.protocol.replace(/^ws/, 'http');
  try {
    const info = await askRelayInfo(url, AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]));
    if (!info) return null;
    return isBelow(info.publicRead, pushedPath(url, name)) ? 'open' : 'token';
  } catch (error) {
    log.debug(`push: what ${url.host} is: ${messageOf(error)}`);
    return null;
  }
}
