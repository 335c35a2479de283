import { Path } from 'moq-net';
import { Emitter } from '../../common/base/store.ts';
import { type BroadcastState, MAX_TRACK_CHARS } from '../../common/bridge/bridge.ts';
import { broadcastNameProblem } from '../../common/ticket/broadcast-name.ts';
import type { Origin, Publication } from '../origin/origin.ts';
import type { Session } from '../origin/session.ts';
import type { TrafficMeter } from './traffic.ts';

/** The pushes to a relay, identified by broadcast name. */
interface PushStates {
  /** Returns the state of a broadcast's push; null if the broadcast is not pushed. */
  stateOf(name: string): BroadcastState['push'];
  sessionOf(name: string): Session | undefined;
}

interface BroadcastEvents {
  live: { name: string };
  /** A live broadcast was published again. The new publication has replaced the old one. */
  replaced: { name: string };
  ended: { name: string };
  /** Emitted when a broadcast has an invalid name. `problem` is an explanation for the user. */
  refused: { name: string; problem: string };
  /** Emitted when the result of `states` may have changed. */
  changed: null;
}

/**
 * Maximum number of listed tracks per broadcast: enough for audio and four video renditions in a few codecs.
 * The limit is necessary because viewers can subscribe to tracks that do not exist.
 */
const MAX_TRACKS_LISTED = 32;

/** The user's live broadcasts: all broadcasts that a window publishes under the Origin's live prefix. */
export class Broadcasts {
  readonly events = new Emitter<BroadcastEvents>();
  readonly #live = new Map<string, { publication: Publication; unsubscribe: () => void }>();
  readonly #stopWatching: () => void;

  constructor(origin: Origin, livePrefix: string) {
    const prefix = Path.from(livePrefix);
    this.#stopWatching = origin.watch(prefix, ({ path, current }) => {
      const name = Path.stripPrefix(prefix, path) ?? '';
      const problem = broadcastNameProblem(name);
      // There can be no ticket for an invalid name. The window normally rejects such names before it
      // publishes.
      if (problem === null) this.#update(name, current);
      else if (current) this.events.emit('refused', { name, problem });
    });
  }

  /**
   * Returns the states of all live broadcasts.
   *
   * @param viewers the sessions of remote peers
   * @param pushes the pushes to a relay, whose traffic also counts as upload
   */
  states(
    ticketFor: (name: string) => string,
    viewers: Iterable<Session>,
    traffic: TrafficMeter,
    pushes: PushStates,
  ): BroadcastState[] {
    const sessions = [...viewers];
    return [...this.#live].map(([name, { publication }]) => {
      const readers = sessions.filter((session) => publication.isReadBy(session));
      const push = pushes.sessionOf(name);
      return {
        name,
        ticket: ticketFor(name),
        viewers:
          readers.reduce((sum, session) => sum + publication.viewersBehind(session), 0) +
          // The relay that receives a push is not a viewer itself, so only the viewers that it reports are
          // counted.
          (push ? publication.viewersBehind(push, 0) : 0),
        uploadBps: readers.reduce(
          (sum, session) => sum + traffic.of(session).sentBps,
          traffic.of(push).sentBps,
        ),
        push: pushes.stateOf(name),
        // A push counts as a reader, because it uses as much upload bandwidth as a viewer.
        renditions: renditionsOf(publication, push ? [...readers, push] : readers),
      };
    });
  }

  /** Returns the names of the broadcasts that a session is reading. */
  namesReadBy(session: Session): string[] {
    return [...this.#live].flatMap(([name, { publication }]) =>
      publication.isReadBy(session) ? [name] : [],
    );
  }

  /** Returns the publishers of the broadcasts that a session is reading. */
  publishersReadBy(session: Session): object[] {
    return [...this.#live.values()].flatMap(({ publication }) =>
      publication.isReadBy(session) ? [publication.by] : [],
    );
  }

  close(): void {
    this.#stopWatching();
    for (const { unsubscribe } of this.#live.values()) unsubscribe();
    this.#live.clear();
  }

  #update(name: string, current: Publication | undefined): void {
    const before = this.#live.get(name);
    before?.unsubscribe();
    if (current) {
      const unsubscribe = current.onReadersChanged(() => this.events.emit('changed', null));
      this.#live.set(name, { publication: current, unsubscribe });
      this.events.emit(before ? 'replaced' : 'live', { name });
    } else if (this.#live.delete(name)) {
      this.events.emit('ended', { name });
    }
    this.events.emit('changed', null);
  }
}

/** Counts the readers of each track. The result is sorted by name. */
function renditionsOf(publication: Publication, readers: readonly Session[]): BroadcastState['renditions'] {
  const counts = new Map<string, number>();
  for (const reader of readers) {
    for (const track of publication.tracksReadBy(reader)) {
      if (track.length > MAX_TRACK_CHARS || (!counts.has(track) && counts.size >= MAX_TRACKS_LISTED))
        continue;
      counts.set(track, (counts.get(track) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([name, viewers]) => ({ name, viewers }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
