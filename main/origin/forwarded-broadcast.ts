import { Broadcast, type Group, Track } from 'moq-net';
import { clampRetention } from '../moq/retention.ts';
import { forgetTrackNames } from '../moq/track-names.ts';
import type { Publication } from './origin.ts';
import { viewersOfTrack } from './viewer-count-track.ts';

/**
 * An Origin broadcast as it is published to one session. It stores no media. The source opens each track once
 * for all readers and gives every reader its own cursor.
 */
export class ForwardedBroadcast extends Broadcast.Producer {
  readonly #publication: Publication;
  readonly #source: Broadcast.Consumer;
  readonly #reader: object;
  /** The open tracks that report viewer counts. */
  readonly #viewerCounts = new Set<Track.Producer>();

  /** @param reader the session that the publication counts as a reader */
  constructor(publication: Publication, reader: object) {
    super();
    this.#publication = publication;
    this.#source = publication.source.clone();
    this.#reader = reader;
  }

  override subscribe(name: string, options?: Track.Subscription): Track.Subscriber {
    const viewers = viewersOfTrack(name);
    if (viewers !== null) return this.#acceptViewerCount(name, viewers);
    forgetTrackNames(this.#source);
    const subscriber = this.#source.subscribe(name, options);
    if (isMediaTrack(name)) {
      const removeReader = this.#publication.addReader(this.#reader, name);
      void Promise.resolve(subscriber.closed).then(removeReader);
    }
    return subscriber;
  }

  override async resolveTrackInfo(name: string): Promise<Track.Info> {
    // moq-lite versions before 05 do not send track properties, so readers get moq-net's defaults.
    if (!this.#publication.hasTrackInfo || viewersOfTrack(name) !== null) return clampRetention({});
    return clampRetention(await this.#publication.trackInfo(name));
  }

  override fetchGroup(
    name: string,
    sequence: number,
    options?: Track.FetchGroupOptions,
  ): Promise<Group.Consumer> {
    return this.#source.fetchGroup(name, sequence, options);
  }

  override close(abort?: Error): void {
    super.close(abort);
    this.#source.close();
    for (const track of this.#viewerCounts) track.close();
  }

  /** Counts a relay's viewers until its subscription ends. The track itself never contains data. */
  #acceptViewerCount(name: string, viewers: number): Track.Subscriber {
    const track = new Track.Producer(name).accept(clampRetention({}));
    const subscriber = track.subscribe();
    const withdraw = this.#publication.setViewersBehind(this.#reader, viewers);
    this.#viewerCounts.add(track);
    void Promise.resolve(subscriber.closed).then(() => {
      withdraw();
      this.#viewerCounts.delete(track);
      track.close();
    });
    return subscriber;
  }
}

/**
 * Whether a session that reads this track counts as a viewer. False for the catalog, because players read it
 * before they choose a track.
 */
function isMediaTrack(track: string): boolean {
  return !track.startsWith('catalog');
}
