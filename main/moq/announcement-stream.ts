import { Path } from 'moq-net';
import { asError, messageOf } from '../../common/base/errors.ts';
import { concatBytes } from '../../common/moq/bytes.ts';
import { log } from '../base/log.ts';
import { type AnnouncedVersion, encodeAnnouncement, encodeAnnouncementStart } from './announcement-wire.ts';
import type { BidiStream } from './request-interceptor.ts';

/**
 * Answers one ANNOUNCE request in place of moq-net. moq-net needs a few kilobytes per session and broadcast,
 * and compares all paths for every stream after every change. This class needs a few bytes per announced path,
 * and learns from its owner which paths have changed.
 */

/** The broadcasts that a stream announces. All paths are session paths. */
export interface AnnouncedBroadcasts {
  /** Returns the broadcast at a path; undefined if there is none that the stream may announce. Compared by identity. */
  find(path: Path.Valid): object | undefined;
  /**
   * Iterates over the paths of all broadcasts that the stream may announce, including those added during the
   * iteration. Yields undefined for each skipped broadcast, so that the reader can spread a long iteration
   * over several turns.
   */
  paths(): Iterator<Path.Valid | undefined>;
}

/** Options for `AnnouncementStream`: the request, and the broadcasts that answer it. */
export interface AnnouncementStreamOptions {
  version: AnnouncedVersion;
  /** This side's hop id in announcements; 0 means unknown. */
  publisherId: bigint;
  /** The requested prefix of session paths. */
  prefix: Path.Valid;
  broadcasts: AnnouncedBroadcasts;
  /** Asks the owner to call `refresh` soon. */
  requestRefresh: () => void;
  /** Asks the owner to call `resume` soon, in a later turn of the event loop if the current one has lasted long. */
  requestResume: () => void;
  /** Called once, when the stream has ended on either side. */
  onEnded: () => void;
}

/**
 * Time between announcing the end of a broadcast and announcing its successor at the same path, in ms.
 * Without this delay, players miss the end, because they read announcements through signals.
 */
const TAKEOVER_GAP_MS = 100;
/**
 * Maximum number of bytes in one write. Further announcements wait until the peer has read these bytes, so a
 * peer that reads nothing uses no more memory than this.
 */
const MAX_WRITE_BYTES = 16 * 1024;
/** Maximum number of paths that are compared at a time. Comparing one path takes up to 20 µs. */
const MAX_COMPARED = 128;
/**
 * Maximum number of changed paths that are remembered during a write. If more paths change, all paths are
 * compared.
 */
const MAX_SKIPPED = 64;

/** One ANNOUNCE request and the broadcasts that have been announced on it. */
export class AnnouncementStream {
  readonly #options: AnnouncementStreamOptions;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** The announced broadcasts by session path. */
  readonly #announced = new Map<Path.Valid, object>();
  /** When the end of a broadcast was announced, in ms from `performance.now()`; oldest first. */
  readonly #endedAtMs = new Map<Path.Valid, number>();
  /** Messages to send with the next write. */
  #messages: Uint8Array[] = [];
  #messageBytes = 0;
  #started = false;
  #writing = false;
  /** Paths that changed during the pending write. */
  readonly #skipped = new Set<Path.Valid>();
  /** The remaining paths of the comparison in progress. */
  #comparison: Iterator<Path.Valid | undefined> | undefined;
  /** Whether all paths must be compared again after the current comparison. */
  #mustRepeat = false;
  #takeover: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** Takes ownership of the stream. Announces nothing before the first `refresh`. */
  constructor(stream: BidiStream, options: AnnouncementStreamOptions) {
    this.#options = options;
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch((error: unknown) => this.close(error));
    void this.#readToEnd();
  }

  /**
   * Announces broadcasts that the peer does not know yet, and the end of those that it may no longer see. Each
   * call compares only some broadcasts, and requests a call of `resume` to compare more.
   */
  refresh(): void {
    this.#compareAll();
    this.resume();
  }

  /** Continues the work that `refresh` or `update` could not finish. */
  resume(): void {
    if (this.#ended || this.#writing) return;
    for (const path of this.#skipped) this.#compare(path);
    this.#skipped.clear();
    const isComplete = this.#compareNext();
    // The first write waits until it contains everything, because readers may treat it as the complete list.
    if (this.#started ? this.#messages.length > 0 : isComplete || this.#isFull) this.#write();
    else if (this.#comparison) this.#options.requestResume();
  }

  /** Announces changes at the given session paths. */
  update(paths: Iterable<Path.Valid>): void {
    // Before the first refresh, there is nothing to update.
    if (this.#ended || (!this.#started && !this.#comparison)) return;
    for (const path of paths) {
      if (!Path.hasPrefix(this.#options.prefix, path)) continue;
      if (this.#writing) this.#skipped.add(path);
      else this.#compare(path);
    }
    if (this.#skipped.size > MAX_SKIPPED) this.#compareAll();
    // If a comparison of all paths is in progress, its next write includes these changes.
    if (!this.#writing && !this.#comparison && this.#messages.length > 0) this.#write();
  }

  /** Ends the stream: cleanly, or with an error, which resets it. Idempotent. */
  close(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#takeover);
    this.#announced.clear();
    this.#endedAtMs.clear();
    this.#skipped.clear();
    this.#comparison = undefined;
    this.#messages = [];
    const closed = error === undefined ? this.#writer.close() : this.#writer.abort(asError(error));
    closed.catch(() => undefined);
    this.#reader.cancel(error).catch(() => undefined);
    this.#options.onEnded();
  }

  /** Waits until the peer withdraws the request. Ignores the request itself, which has already been parsed. */
  async #readToEnd(): Promise<void> {
    try {
      for (;;) {
        const { done } = await this.#reader.read();
        if (done) break;
      }
      this.close();
    } catch (error) {
      log.debug(`announcements cancelled by their reader: ${messageOf(error)}`);
      this.close(error);
    }
  }

  /** Starts a comparison of all paths. A comparison in progress is finished first, so constant changes cannot delay it. */
  #compareAll(): void {
    if (this.#comparison) this.#mustRepeat = true;
    else this.#comparison = this.#allPaths();
    this.#skipped.clear();
  }

  get #isFull(): boolean {
    return this.#messageBytes >= MAX_WRITE_BYTES;
  }

  /** Compares some paths. Returns whether all paths have been compared. */
  #compareNext(): boolean {
    for (let i = 0; this.#comparison && i < MAX_COMPARED && !this.#isFull; i += 1) {
      const { value: path, done } = this.#comparison.next();
      if (done) {
        this.#comparison = this.#mustRepeat ? this.#allPaths() : undefined;
        this.#mustRepeat = false;
        return true;
      }
      if (path !== undefined) this.#compare(path);
    }
    return this.#comparison === undefined;
  }

  /** Iterates over the paths that have been announced, and then over those that may be announced. */
  *#allPaths(): Generator<Path.Valid | undefined> {
    yield* this.#announced.keys();
    const paths = this.#options.broadcasts.paths();
    for (let next = paths.next(); !next.done; next = paths.next()) yield next.value;
  }

  #compare(path: Path.Valid): void {
    this.#endIfChanged(path);
    this.#start(path);
  }

  #endIfChanged(path: Path.Valid): void {
    const before = this.#announced.get(path);
    if (before === undefined || before === this.#options.broadcasts.find(path)) return;
    this.#announced.delete(path);
    this.#endedAtMs.delete(path);
    this.#endedAtMs.set(path, performance.now());
    this.#push(path, false);
  }

  #start(path: Path.Valid): void {
    if (this.#announced.has(path)) return;
    const broadcast = this.#options.broadcasts.find(path);
    if (broadcast === undefined || this.#mustWait(path)) return;
    this.#announced.set(path, broadcast);
    this.#push(path, true);
  }

  /** Whether the end of the previous broadcast at a path was announced only a moment ago. */
  #mustWait(path: Path.Valid): boolean {
    const nowMs = performance.now();
    for (const [ended, atMs] of this.#endedAtMs) {
      if (nowMs - atMs < TAKEOVER_GAP_MS) break;
      this.#endedAtMs.delete(ended);
    }
    if (!this.#endedAtMs.has(path)) return false;
    this.#takeover ??= setTimeout(() => {
      this.#takeover = undefined;
      this.#options.requestRefresh();
    }, TAKEOVER_GAP_MS);
    return true;
  }

  #push(path: Path.Valid, active: boolean): void {
    const { version, prefix, publisherId } = this.#options;
    const suffix = Path.stripPrefix(prefix, path);
    if (suffix === null) return;
    const message = encodeAnnouncement(version, suffix, active, publisherId);
    this.#messages.push(message);
    this.#messageBytes += message.byteLength;
  }

  #write(): void {
    const { version, publisherId } = this.#options;
    const messages = this.#messages;
    if (!this.#started) {
      this.#started = true;
      messages.unshift(encodeAnnouncementStart(version, publisherId, messages.length));
    }
    this.#messages = [];
    this.#messageBytes = 0;
    const bytes = concatBytes(...messages);
    if (bytes.byteLength === 0) return;
    this.#writing = true;
    this.#writer.write(bytes).then(
      () => {
        this.#writing = false;
        if (!this.#ended && (this.#comparison || this.#skipped.size > 0)) this.#options.requestResume();
      },
      (error: unknown) => this.close(error),
    );
  }
}
