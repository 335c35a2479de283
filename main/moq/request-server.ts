import type { Broadcast, Path } from 'moq-net';
import type { PathRequest, RequestHandler } from './request-interceptor.ts';
import type { StreamShedder } from './stream-shedding.ts';
import { serveSubscription } from './subscription-server.ts';
import { hasTimestamps, isServedVersion } from './subscription-wire.ts';
import { TrackServer } from './track-server.ts';

/** Options for a `RequestServer`. */
export interface RequestServerOptions {
  /** Returns the broadcast that the session may read at a path, or undefined if there is none. */
  findBroadcast: (path: Path.Valid) => Broadcast.Producer | undefined;
  /** Opens the group streams. */
  shedder: StreamShedder;
}

/**
 * Answers one session's requests for the Origin's broadcasts in place of moq-net. moq-net still handles
 * announcements and all other broadcasts of the session.
 */
export class RequestServer {
  readonly #options: RequestServerOptions;
  readonly #tracks: TrackServer;

  constructor(options: RequestServerOptions) {
    this.#options = options;
    this.#tracks = new TrackServer(options.findBroadcast);
  }

  /**
   * Returns the handler for a request, or undefined if moq-net should answer it. `version` is the session's
   * MoQ version.
   */
  handlerFor({ kind, path }: PathRequest, version: string): RequestHandler | undefined {
    if (kind === 'announce' || !isServedVersion(version) || !this.#options.findBroadcast(path))
      return undefined;
    if (kind === 'subscribe')
      return (stream) => void serveSubscription(stream, { ...this.#options, version });
    // Older versions have neither TRACK nor FETCH requests; moq-net refuses them.
    if (!hasTimestamps(version)) return undefined;
    if (kind === 'track') return (stream) => void this.#tracks.serveTrack(stream);
    return (stream) => void this.#tracks.serveFetch(stream);
  }
}
