/**
 * How long a peer has been silent, and whether media flowed from it just before. Fed with looks at a connection's
 * counters; decides nothing.
 */
export interface Look {
  atMs: number;
  /** The path that carries the data; undefined when none is selected. */
  selectedId: string | undefined;
  /** Bytes received on that path since it began. */
  selectedBytes: number;
  /** Bytes received on all paths that are listed. */
  listedBytes: number;
  /** Bytes received by the connection, on whatever path. */
  receivedBytes: number;
  sentBytes: number;
}

/** How far back the flow is judged, in milliseconds. */
const FLOW_WINDOW_MS = 3_000;
/** A flow has been seen for at least this long. */
const FLOW_LEAST_MS = 1_000;
/** Longest pause within a flow: two frames a second is the slowest picture there is. */
const FLOW_GAP_MS = 500;
/** Acknowledgements alone are some 5 % of what they acknowledge; more than this is media of the peer's own. */
const FLOW_SHARE = 0.2;
/** Keep-alives on a path that only stands by say nothing of the one that carries the data; this many bytes do. */
const OTHER_PATH_BYTES = 1_000;
/** How far back pauses are remembered, in milliseconds: once to twice as long as this. */
const PAUSES_SPAN_MS = 20_000;
/** Looks further apart than this mean that this process itself stood still, or the machine slept. */
const SUSPENDED_MS = 1_000;

export class SilenceMeter {
  #last: Look | undefined;
  /** The look at the last sign of life. */
  #sign: Look | undefined;
  #heardAtMs = 0;
  /** Looks at which something was heard, oldest first, and how long nothing was before. */
  #heard: { look: Look; pauseMs: number }[] = [];
  /** The longest pause of the present span of time, and of the one before. */
  #pauses = { sinceMs: 0, now: 0, before: 0 };

  take(look: Look): void {
    const last = this.#last;
    this.#last = look;
    if (last && this.#sign && !isSign(last, this.#sign, look)) return;
    // Up to the last look at which nothing was heard: while this process stood still, much may have come.
    const pauseMs = last ? last.atMs - this.#heardAtMs : 0;
    this.#notePause(look.atMs, pauseMs);
    this.#sign = look;
    this.#heardAtMs = look.atMs;
    this.#heard.push({ look, pauseMs });
    while (look.atMs - (this.#heard[0]?.look.atMs ?? look.atMs) > FLOW_WINDOW_MS) this.#heard.shift();
  }

  /** The longest pause within the flow lately, in milliseconds. */
  get pauseMs(): number {
    return Math.max(this.#pauses.now, this.#pauses.before);
  }

  /** Milliseconds since the last sign of life, at the last look. */
  get silentMs(): number {
    return this.#last ? this.#last.atMs - this.#heardAtMs : 0;
  }

  /** Whether media came in steadily up to the silence: then the next of it is overdue soon. */
  get flowing(): boolean {
    const first = this.#heard[0]?.look;
    const newest = this.#heard.at(-1)?.look;
    if (!first || !newest || newest.atMs - first.atMs < FLOW_LEAST_MS) return false;
    if (this.#heard.some(({ pauseMs }, i) => i > 0 && pauseMs > FLOW_GAP_MS)) return false;
    return newest.receivedBytes - first.receivedBytes > FLOW_SHARE * (newest.sentBytes - first.sentBytes);
  }

  #notePause(atMs: number, pauseMs: number): void {
    const { sinceMs, now } = this.#pauses;
    if (atMs - sinceMs > PAUSES_SPAN_MS) this.#pauses = { sinceMs: atMs, now: 0, before: now };
    // A pause before there was a flow is no pause of it.
    if (this.flowing) this.#pauses.now = Math.max(this.#pauses.now, pauseMs);
  }
}

function isSign(last: Look, sign: Look, look: Look): boolean {
  if (look.atMs - last.atMs > SUSPENDED_MS) return true;
  if (look.selectedId !== last.selectedId || look.selectedBytes !== last.selectedBytes) return true;
  // The list of paths lags behind: what came over none of them came over the one that carries the data now.
  if (unlisted(look) > unlisted(last)) return true;
  return look.listedBytes - look.selectedBytes - (sign.listedBytes - sign.selectedBytes) > OTHER_PATH_BYTES;
}

function unlisted(look: Look): number {
  return look.receivedBytes - look.listedBytes;
}
