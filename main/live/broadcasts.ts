import { Path } from 'moq-net';
import { Emitter } from '../../common/base/store.ts';
import { type BroadcastState, MAX_TRACK_CHARS } from '../../common/bridge/bridge.ts';
import { broadcastNameProblem } from '../../common/ticket/broadcast-name.ts';
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
 * Tracks shown of one broadcast, at most: four renditions in a few codecs and sound. A viewer may ask for names that
 * are not there, and is not told so at once.
 */
const MAX_TRACKS_SHOWN = 32;

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
    return [...this.#live].map(([name, { publication }]) => {
      const readers = sessions.filter((session) => publication.isReadBy(session));
      const push = pushes.sessionOf(name);
      return {
        name,
        ticket: ticketFor(name),
        viewers: readers.length,
        uploadBps: readers.reduce(
          (sum, session) => sum + traffic.of(session).sentBps,
          traffic.of(push).sentBps,
        ),
        push: pushes.of(name),
        // A relay costs the upload what a viewer costs.
        renditions: renditionsOf(publication, push ? [...readers, push] : readers),
      };
    });
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
      const unsubscribe = current.onReadersChanged(() => this.events.emit('changed', null));
      this.#live.set(name, { publication: current, unsubscribe });
      if (!before) this.events.emit('live', { name });
    } else if (this.#live.delete(name)) {
      this.events.emit('ended', { name });
    }
    this.events.emit('changed', null);
  }
}

/** How many of the readers read each track, by its name. */
function renditionsOf(publication: Publication, readers: readonly Session[]): BroadcastState['renditions'] {
  const counts = new Map<string, number>();
  for (const reader of readers) {
    for (const track of publication.tracksReadBy(reader)) {
      if (track.length > MAX_TRACK_CHARS || (!counts.has(track) && counts.size >= MAX_TRACKS_SHOWN)) continue;
      counts.set(track, (counts.get(track) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([name, viewers]) => ({ name, viewers }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
