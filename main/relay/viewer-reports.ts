import { Path, type Track } from 'moq-net';
import { Scope } from '../../common/base/scope.ts';
import { forgetTrackNames } from '../moq/track-names.ts';
import type { Origin, Publication } from '../origin/origin.ts';
import { viewerCountTrack } from '../origin/viewer-count-track.ts';

/** Delay between a change and its report, in ms. All changes during the delay are reported together. */
const REPORT_DELAY_MS = 500;

/**
 * Reports to each publisher how many viewers its broadcast has on this relay and on the relays behind it (see
 * viewer-count-track.ts).
 */
export class ViewerReports {
  readonly #scope = new Scope();
  readonly #reporters = new Map<string, Reporter>();

  constructor(origin: Origin) {
    this.#scope.own(
      origin.watch(Path.empty(), ({ path, current }) => {
        const before = this.#reporters.get(path);
        if (before?.publication === current) return;
        before?.close();
        if (current && !this.#scope.closed) this.#reporters.set(path, new Reporter(current));
        else this.#reporters.delete(path);
      }),
    );
    this.#scope.own(() => {
      for (const reporter of this.#reporters.values()) reporter.close();
      this.#reporters.clear();
    });
  }

  /** Ends all reports. Idempotent. */
  close(): Promise<void> {
    return this.#scope.close();
  }
}

/** Reports the viewers of one broadcast. */
class Reporter {
  readonly publication: Publication;
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;
  #reported: { viewers: number; subscription: Track.Subscriber } | undefined;
  #closed = false;

  constructor(publication: Publication) {
    this.publication = publication;
    this.#unsubscribe = publication.viewers.subscribe(() => this.#schedule());
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
    this.#reported?.subscription.close();
    this.#reported = undefined;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#report();
    }, REPORT_DELAY_MS);
  }

  #report(): void {
    const viewers = this.publication.viewers.get();
    const before = this.#reported;
    if (this.#closed || viewers === (before?.viewers ?? 0)) return;
    this.#reported = undefined;
    if (viewers > 0) {
      const { source } = this.publication;
      forgetTrackNames(source);
      const reported = { viewers, subscription: source.subscribe(viewerCountTrack(viewers)) };
      this.#reported = reported;
      void Promise.resolve(reported.subscription.closed).then(() => {
        // If the publisher closes the subscription, it does not know these tracks or has ended the broadcast,
        // so no further reports are sent.
        if (this.#reported === reported) this.close();
      });
    }
    // The previous subscription is closed last, because the publisher would otherwise temporarily count this
    // relay as a single viewer.
    before?.subscription.close();
  }
}
