import { Path } from 'moq-net';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import type { Readable } from '../../common/base/store.ts';
import { Emitter } from '../../common/base/store.ts';
import type { BroadcastState, Settings } from '../../common/bridge/bridge.ts';
import { isBelow } from '../../common/relay/relay-path.ts';
import { parsePushTarget, pushedPath } from '../../common/ticket/relay-url.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import type { Broadcasts } from '../live/broadcasts.ts';
import { exactMount } from '../origin/grants.ts';
import type { Origin } from '../origin/origin.ts';
import type { Session, Transport } from '../origin/session.ts';
import { Push } from './push.ts';
import { pushFailureOf, relayDialer } from './push-dial.ts';
import { fetchRelayInfo } from './relay-info.ts';

/** Options for `BroadcastPushes`: the broadcasts to push, and how to reach the relay. */
interface BroadcastPushesOptions {
  origin: Origin;
  livePrefix: string;
  broadcasts: Broadcasts;
  settings: Readable<Settings>;
  dialPeer: (address: PeerAddr, signal: AbortSignal) => Promise<Transport>;
}

type BroadcastPushState = NonNullable<BroadcastState['push']>;

/** Timeout of the request for the relay's info, in milliseconds. The request runs while the relay is being dialed. */
const RELAY_INFO_MS = 3_000;

interface ActivePush {
  push: Push;
  watch: BroadcastPushState['watch'];
  unsubscribe: () => void;
}

/** Pushes each live broadcast to the relay in the settings while pushing is enabled there. */
export class BroadcastPushes {
  /** `changed` is emitted when any result of `stateOf` may have changed. */
  readonly events = new Emitter<{ changed: null }>();
  readonly #options: BroadcastPushesOptions;
  readonly #live = new Set<string>();
  readonly #active = new Map<string, ActivePush>();
  readonly #scope = new Scope((error) => log.warn(`push: ${messageOf(error)}`));
  /** Relay and token of the active pushes, as JSON; an empty string if pushing is off. */
  #target = '';

  constructor(options: BroadcastPushesOptions) {
    this.#options = options;
    const { broadcasts, settings } = options;
    this.#scope.own(() => this.#stopAll());
    this.#scope.own(
      broadcasts.events.on('live', ({ name }) => {
        this.#live.add(name);
        this.#apply();
      }),
    );
    this.#scope.own(
      broadcasts.events.on('ended', ({ name }) => {
        this.#live.delete(name);
        this.#apply();
      }),
    );
    this.#scope.own(settings.subscribe(() => this.#apply()));
    this.#apply();
  }

  /** Returns the state of a broadcast's push; null if the broadcast is not pushed. */
  stateOf(name: string): BroadcastPushState | null {
    const active = this.#active.get(name);
    return active ? { ...active.push.state.get(), watch: active.watch } : null;
  }

  /** Returns the session that pushes a broadcast; undefined if there is none. */
  sessionOf(name: string): Session | undefined {
    return this.#active.get(name)?.push.session;
  }

  /** Returns the sessions of all pushes. */
  sessions(): Session[] {
    return [...this.#active.values()].flatMap(({ push }) => push.session ?? []);
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  #apply(): void {
    const { pushing, pushTo, pushToken } = this.#options.settings.get();
    const target = pushing && pushTo.trim() !== '' ? JSON.stringify([pushTo, pushToken]) : '';
    const changed = target !== this.#target;
    this.#target = target;
    for (const name of [...this.#active.keys()]) {
      if (changed || !this.#live.has(name)) void this.#stop(name);
    }
    if (target === '') return;
    for (const name of this.#live) {
      if (!this.#active.has(name)) this.#start(name, pushTo, pushToken);
    }
  }

  #start(name: string, pushTo: string, pushToken: string): void {
    const { origin, livePrefix, dialPeer } = this.#options;
    const dialRelay = relayDialer(pushTo, pushToken, dialPeer);
    const dial =
      dialRelay &&
      (async (signal: AbortSignal) => {
        const [transport, watch] = await Promise.all([
          dialRelay(signal),
          fetchWatchAccess(pushTo, name, signal),
        ]);
        active.watch = watch;
        return transport;
      });
    const path = Path.join(Path.from(livePrefix), Path.from(name));
    const grants = { read: [exactMount(path, name)], publish: [], pull: false };
    const label = `push "${name}"`;
    const push = new Push({ origin, grants, label, name, dial, failureOf: pushFailureOf });
    const unsubscribe = push.state.subscribe(() => this.events.emit('changed', null));
    const active: ActivePush = { push, watch: null, unsubscribe };
    this.#active.set(name, active);
    this.events.emit('changed', null);
  }

  async #stopAll(): Promise<void> {
    await Promise.all([...this.#active.keys()].map((name) => this.#stop(name)));
  }

  async #stop(name: string): Promise<void> {
    const active = this.#active.get(name);
    if (!active) return;
    this.#active.delete(name);
    active.unsubscribe();
    this.events.emit('changed', null);
    await active.push.close();
  }
}

/**
 * Asks a relay whether its pages show a pushed broadcast to everyone or only with a token. Resolves to null
 * if the relay does not say. Never rejects.
 */
async function fetchWatchAccess(
  pushTo: string,
  name: string,
  signal: AbortSignal,
): Promise<BroadcastPushState['watch']> {
  const target = parsePushTarget(pushTo);
  if (target?.kind !== 'url') return null;
  const url = new URL(target.url);
  url.protocol = url.protocol.replace(/^ws/, 'http');
  try {
    const info = await fetchRelayInfo(
      new URL('/', url),
      AbortSignal.any([signal, AbortSignal.timeout(RELAY_INFO_MS)]),
    );
    if (!info) return null;
    return isBelow(info.publicRead, pushedPath(url, name)) ? 'open' : 'token';
  } catch (error) {
    log.debug(`push: no relay info from ${url.host}: ${messageOf(error)}`);
    return null;
  }
}
