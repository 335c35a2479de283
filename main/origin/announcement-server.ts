import type { Path } from 'moq-net';
import { once } from '../../common/base/once.ts';
import { AnnouncementStream } from '../moq/announcement-stream.ts';
import type { AnnouncedVersion } from '../moq/announcement-wire.ts';
import type { RequestHandler } from '../moq/request-interceptor.ts';
import type { FeedReader } from './announcement-feed.ts';
import type { Origin } from './origin.ts';
import type { SessionView } from './session-view.ts';

/** Thrown if a session or its client has too many ANNOUNCE requests. The request is refused. */
export class TooManyRequestsError extends Error {}

/** Options for `AnnouncementServer`: the session, and the broadcasts that it may see. */
interface AnnouncementServerOptions {
  origin: Origin;
  view: SessionView;
  /** The client whose limits apply; see `AnnouncementLimitValues`. */
  client: string;
}

/** Answers the ANNOUNCE requests of one session. */
export class AnnouncementServer {
  readonly #options: AnnouncementServerOptions;
  readonly #streams = new Map<AnnouncementStream, FeedReader>();
  /** The number of open requests for each prefix. */
  readonly #prefixes = new Map<Path.Valid, number>();
  #requests = 0;
  #closed = false;

  constructor(options: AnnouncementServerOptions) {
    this.#options = options;
  }

  /**
   * Counts a request for a prefix and returns the handler that answers it.
   *
   * @param request.signal aborted when the request ends, which stops counting it even if its handler was
   *   never called
   * @param publisherId this side's hop id in announcements; 0 means unknown
   * @throws TooManyRequestsError
   */
  answer(
    request: { path: Path.Valid; signal: AbortSignal },
    version: AnnouncedVersion,
    publisherId: bigint,
  ): RequestHandler {
    const { origin, view, client } = this.#options;
    const { limits, announcements } = origin;
    if (this.#closed || this.#requests >= limits.requestsPerSession) {
      throw new TooManyRequestsError('too many announcement requests in this session');
    }
    const acquired = limits.acquireRequest(client);
    if (typeof acquired === 'string') throw new TooManyRequestsError('too many announcement requests');
    this.#count(request.path, 1);
    const release = once(() => {
      this.#count(request.path, -1);
      acquired();
    });
    request.signal.addEventListener('abort', release, { once: true });
    if (request.signal.aborted) release();
    return (stream) => {
      const announcing = new AnnouncementStream(stream, {
        version,
        publisherId,
        prefix: request.path,
        broadcasts: view.announcedTo(request.path),
        requestRefresh: () => announcements.requestRefresh(reader),
        requestResume: () => announcements.requestResume(reader),
        onEnded: () => {
          remove();
          release();
          this.#streams.delete(announcing);
        },
      });
      const reader: FeedReader = {
        update: (paths) => announcing.update(paths.flatMap((path) => view.sessionPathsOf(path))),
        refresh: () => announcing.refresh(),
        resume: () => announcing.resume(),
      };
      const remove = announcements.add(reader);
      this.#streams.set(announcing, reader);
      if (this.#closed) announcing.close();
    };
  }

  /** Whether there is an open request that a broadcast could match. */
  get hasRequests(): boolean {
    const isList = (prefix: Path.Valid) => prefix === '';
    return [...this.#prefixes.keys()].some((prefix) => !isList(prefix) || this.#options.view.canList);
  }

  /** Must be called after a change of the session's grants, aliases or own broadcasts. Announces the differences. */
  refresh(): void {
    for (const reader of this.#streams.values()) this.#options.origin.announcements.requestRefresh(reader);
  }

  /** Closes all announcement streams and refuses further requests. */
  close(): void {
    this.#closed = true;
    for (const announcing of [...this.#streams.keys()]) announcing.close();
  }

  #count(prefix: Path.Valid, change: 1 | -1): void {
    this.#requests += change;
    const count = (this.#prefixes.get(prefix) ?? 0) + change;
    if (count > 0) this.#prefixes.set(prefix, count);
    else this.#prefixes.delete(prefix);
  }
}
