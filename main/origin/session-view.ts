import { type Broadcast, Path } from 'moq-net';
import type { AnnouncedBroadcasts } from '../moq/announcement-stream.ts';
import type { Aliases } from './aliases.ts';
import { ANY_PATH, type Grants, toOriginPath, toSessionPath } from './grants.ts';
import type { Origin, Publication } from './origin.ts';

/** The inputs that determine which broadcasts a session sees. */
interface SessionViewOptions {
  origin: Origin;
  /** The session, which does not see its own broadcasts. */
  reader: object;
  aliases: Aliases;
  /** The session's current access rights. */
  grants: () => Grants;
}

/**
 * The broadcasts that a session may read: the Origin's broadcasts that its grants allow, and the broadcasts
 * for this session only.
 */
export class SessionView {
  readonly #options: SessionViewOptions;
  /** Broadcasts that are published on this session only, by session path. */
  readonly #own = new Map<Path.Valid, Broadcast.Producer>();

  constructor(options: SessionViewOptions) {
    this.#options = options;
  }

  /** Adds a broadcast for this session only. `onChange` is called when it has been removed because it was closed. */
  add(path: Path.Valid, broadcast: Broadcast.Producer, onChange: () => void): void {
    this.#own.set(path, broadcast);
    void Promise.resolve(broadcast.closed).then(() => {
      if (this.#own.get(path) !== broadcast) return;
      this.#own.delete(path);
      onChange();
    });
  }

  /** Whether the session may list broadcasts instead of asking for each by its path. */
  get canList(): boolean {
    return this.#options.grants().read.some(({ unlisted = false }) => !unlisted);
  }

  /** Returns the session paths where the session may see an Origin path. */
  sessionPathsOf(path: Path.Valid): Path.Valid[] {
    const aliases = this.#options.aliases.pathsOf(path);
    const granted = toSessionPath(this.#options.grants(), path, ANY_PATH);
    return granted === undefined ? aliases : [granted, ...aliases];
  }

  /** Returns the broadcasts that may be announced in answer to a request for a prefix of session paths. */
  announcedTo(prefix: Path.Valid): AnnouncedBroadcasts {
    return {
      find: (path) => this.#find(path, prefix),
      paths: () => this.#pathsUnder(prefix),
    };
  }

  #find(path: Path.Valid, prefix: Path.Valid): object | undefined {
    const own = this.#own.get(path);
    if (own) return own;
    const { aliases, grants, origin } = this.#options;
    const alias = aliases.get(path);
    if (alias !== undefined) return this.#visible(origin.get(alias));
    const target = toOriginPath(grants(), path);
    if (target === undefined || toSessionPath(grants(), target, prefix) !== path) return undefined;
    return this.#visible(origin.get(target));
  }

  *#pathsUnder(prefix: Path.Valid): Generator<Path.Valid | undefined> {
    const { aliases, grants, origin } = this.#options;
    for (const path of this.#own.keys()) yield Path.hasPrefix(prefix, path) ? path : undefined;
    for (const path of aliases.paths) yield Path.hasPrefix(prefix, path) ? path : undefined;
    for (const path of origin.paths()) yield toSessionPath(grants(), path, prefix);
  }

  #visible(publication: Publication | undefined): Publication | undefined {
    return publication?.by === this.#options.reader ? undefined : publication;
  }
}
