import { Backoff, PULL_BACKOFF } from '../../common/base/backoff.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { type PullReport, pullReportSchema } from '../../common/relay/relay-schemas.ts';
import { anySignal } from '../media/shared/abort-signals.ts';

/** Maximum time for the relay to respond to the check after an HTTP error, in milliseconds. */
const CHECK_TIMEOUT_MS = 8_000;

/**
 * Receives the relay's reports about pulling a ticket as server-sent events. Reconnects with back-off, unless
 * the relay refuses to send them.
 */
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

  /**
   * Whether the relay refuses this request permanently. Repeats the request to find out, because an EventSource does not
   * report the HTTP status. Never rejects.
   */
  async #isRefused(): Promise<boolean> {
    try {
      const { signal, dispose } = anySignal(this.#scope.signal, AbortSignal.timeout(CHECK_TIMEOUT_MS));
      const { status } = await fetch(this.#url, { method: 'HEAD', credentials: 'omit', signal }).finally(
        dispose,
      );
      return this.#scope.closed || status === 400 || status === 401 || status === 403;
    } catch {
      // The relay is unreachable for now.
      return this.#scope.closed;
    }
  }

  #connect(): void {
    const source = new EventSource(this.#url);
    const disown = this.#scope.own(() => source.close());
    source.onmessage = ({ data }) => {
      this.#backoff.reset();
      const report = parsePullReport(data);
      if (report) this.#report.set(report);
    };
    source.onerror = async () => {
      this.#report.set(null);
      // The browser reconnects automatically after a lost connection, but not after an HTTP error.
      if (source.readyState !== EventSource.CLOSED) return;
      disown();
      if (await this.#isRefused()) return;
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
