import { Broadcast, type Group, type Track } from 'moq-net';
import { installSteadyRace } from '../../common/moq/steady-race.ts';
import { bounded, boundRetention } from '../moq/retention.ts';
import type { Publication } from './origin.ts';

boundRetention();
installSteadyRace();

/**
 * One broadcast of the Origin as one session sees it. It holds no media: each read is passed to the source, which
 * opens each track once however many read it and gives every reader a cursor of its own.
 */
export class Forward extends Broadcast.Producer {
  readonly #publication: Publication;
  readonly #source: Broadcast.Consumer;
  readonly #reader: object;

  /** `reader` is the session, by which the publication counts its readers. */
  constructor(publication: Publication, reader: object) {
    super();
    this.#publication = publication;
    this.#source = publication.source.clone();
    this.#reader = reader;
  }

  override subscribe(name: string, options?: Track.Subscription): Track.Subscriber {
    const subscriber = this.#source.subscribe(name, options);
    if (isMedia(name)) {
      const end = this.#publication.countReader(this.#reader, name);
      void Promise.resolve(subscriber.closed).then(end);
    }
    return subscriber;
  }

  override async resolveTrackInfo(name: string): Promise<Track.Info> {
    // Before 05 the wire has no track properties: its readers get what the library assumes for such a track.
    if (!this.#publication.hasTrackInfo) return bounded({});
    return bounded(await this.#publication.trackInfo(name));
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
  }
}

/** The catalog alone does not make somebody a viewer: players look at it before they decide. */
function isMedia(track: string): boolean {
  return !track.startsWith('catalog');
}
