import { Backoff, PULL_BACKOFF } from '../../common/base/backoff.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { type PullReport, pullReportSchema } from '../../common/relay/relay-schemas.ts';

/** Receives the relay's reports about pulling a ticket as server-sent events. Reconnects with back-off. */
export class PullEvents {
  readonly #report = new Store<PullReport | null>(null);
  readonly #url: URL;
  readonly #backoff = new Backoff(PULL_BACKOFF);
  readonly #scope = new Scope();

  constructor(url: URL) {
    this.#url = url;
    this.#connect();
  }

  /** The last report; null before the first one and while the relay is unreachable. */
  get report(): Readable<PullReport | null> {
    return this.#report;
  }

  close(): void {
    void this.#scope.close();
  }

  #connect(): void {
    const source = new EventSource(this.#url);
    const disown = this.#scope.own(() => source.close());
    source.onmessage = ({ data }) => {
      this.#backoff.reset();
      const report = parsePullReport(data);
      if (report) this.#report.set(report);
    };
    source.onerror = () => {
      this.#report.set(null);
      // After a lost connection the browser reconnects by itself, but not after an HTTP error.
      if (source.readyState !== EventSource.CLOSED) return;
      disown();
      const timer = setTimeout(() => {
        disownTimer();
        this.#connect();
      }, this.#backoff.next());
      const disownTimer = this.#scope.own(() => clearTimeout(timer));
    };
  }
}

/**
 * Parses an event's data. Returns null if it is malformed, for example because the relay is newer than this
 * page.
 */
export function parsePullReport(data: unknown): PullReport | null {
  try {
    const parsed = pullReportSchema.safeParse(JSON.parse(String(data)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
