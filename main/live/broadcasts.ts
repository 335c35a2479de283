import { Path } from 'moq-net';
import type { BroadcastState } from '../../common/bridge.ts';
import { broadcastNameProblem } from '../../common/broadcast-name.ts';
import { Emitter } from '../../common/store.ts';
import type { Origin, Publication } from '../origin/origin.ts';
import type { Session } from '../origin/session.ts';
import type { TrafficMeter } from './traffic.ts';

/** How pushes to a relay go, by the broadcast's name. */
export interface PushView {
  of(name: string): BroadcastState['push'];
  sessionOf(name: string): Session | undefined;
}

interface BroadcastEvents {
  live: { name: string };
  ended: { name: string };
  /** Somebody tried to go live under a name that cannot be; `problem` says why in words. */
  refused: { name: string; problem: string };
  /** Something that `list` shows has changed. */
  changed: null;
}

/**
 * What the local person has live: nothing is stored here, the Origin knows. The window going live is the window
 * publishing below the live prefix.
 */
export class Broadcasts {
  readonly events = new Emitter<BroadcastEvents>();
  readonly #live = new Map<string, { publication: Publication; unsubscribe: () => void }>();
  readonly #unwatch: () => void;

  constructor(origin: Origin, livePrefix: string) {
    const prefix = Path.from(livePrefix);
    this.#unwatch = origin.watch(prefix, ({ path, current }) => {
      const name = Path.stripPrefix(prefix, path) ?? '';
      const problem = broadcastNameProblem(name);
      // No ticket can be written for it. The window says so before it publishes anything.
      if (problem === null) this.#change(name, current);
      else if (current) this.events.emit('refused', { name, problem });
    });
  }

  /** `viewers` are the sessions of remote peers, for the upload of each broadcast; `pushes` count as upload too. */
  list(
    ticketFor: (name: string) => string,
    viewers: Iterable<Session>,
    traffic: TrafficMeter,
    pushes: PushView,
  ): BroadcastState[] {
    const sessions = [...viewers];
    return [...this.#live].map(([name, { publication }]) => ({
      name,
      ticket: ticketFor(name),
      viewers: sessions.filter((session) => publication.isReadBy(session)).length,
      uploadBps: sessions
        .filter((session) => publication.isReadBy(session))
        .reduce(
          (sum, session) => sum + traffic.of(session).sentBps,
          traffic.of(pushes.sessionOf(name)).sentBps,
        ),
      push: pushes.of(name),
    }));
  }

  /** The names of what a session reads now. */
  readBy(session: Session): string[] {
    return [...this.#live].flatMap(([name, { publication }]) =>
      publication.isReadBy(session) ? [name] : [],
    );
  }

  close(): void {
    this.#unwatch();
    for (const { unsubscribe } of this.#live.values()) unsubscribe();
    this.#live.clear();
  }

  #change(name: string, current: Publication | undefined): void {
    const before = this.#live.get(name);
    before?.unsubscribe();
    if (current) {
      const unsubscribe = current.readers.subscribe(() => this.events.emit('changed', null));
      this.#live.set(name, { publication: current, unsubscribe });
      if (!before) this.events.emit('live', { name });
    } else if (this.#live.delete(name)) {
      this.events.emit('ended', { name });
    }
    this.events.emit('changed', null);
  }
}
