import { type Readable, Store } from '../../common/base/store.ts';
import { type PullReport, pullReportSchema } from '../../common/relay/relay-api.ts';

/** How long until a stream of news that was refused for good is asked for again, in milliseconds. */
const REOPEN_MS = 5_000;

/** What the relay says of its way to a publisher, for as long as this is open. */
export class PullWatch {
  readonly #report = new Store<PullReport | null>(null);
  readonly #url: () => URL;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** `url` is asked each time, since the token may change. */
  constructor(url: () => URL) {
    this.#url = url;
    this.#open();
  }

  /** Null before the first word, and while the relay cannot be reached. */
  get report(): Readable<PullReport | null> {
    return this.#report;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #open(): void {
    if (this.#closed) return;
    const source = new EventSource(this.#url());
    this.#source = source;
    source.onmessage = ({ data }) => {
      const report = readReport(data);
      if (report) this.#report.set(report);
    };
    source.onerror = () => {
      this.#report.set(null);
      // What was merely lost comes back by itself; what was refused does not.
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#open(), REOPEN_MS);
    };
  }
}

/** A report out of an event's data; null for what is none: a newer relay may say more than this page knows. */
export function readReport(data: unknown): PullReport | null {
  try {
    const parsed = pullReportSchema.safeParse(JSON.parse(String(data)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
