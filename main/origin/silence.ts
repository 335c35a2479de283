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
/** Looks further apart than this mean that this process itself stood still, or the machine slept. */
const SUSPENDED_MS = 1_000;

export class SilenceMeter {
  #last: Look | undefined;
  /** The look at the last sign of life. */
  #sign: Look | undefined;
  #heardAtMs = 0;
  /** Looks at which something was heard, oldest first. */
  #heard: Look[] = [];

  take(look: Look): void {
    const last = this.#last;
    this.#last = look;
    if (last && this.#sign && !isSign(last, this.#sign, look)) return;
    this.#sign = look;
    this.#heardAtMs = look.atMs;
    this.#heard.push(look);
    while (look.atMs - (this.#heard[0]?.atMs ?? look.atMs) > FLOW_WINDOW_MS) this.#heard.shift();
  }

  /** Milliseconds since the last sign of life, at the last look. */
  get silentMs(): number {
    return this.#last ? this.#last.atMs - this.#heardAtMs : 0;
  }

  /** Whether media came in steadily up to the silence: then the next of it is overdue soon. */
  get flowing(): boolean {
    const first = this.#heard[0];
    const newest = this.#heard.at(-1);
    if (!first || !newest || newest.atMs - first.atMs < FLOW_LEAST_MS) return false;
    for (const [i, look] of this.#heard.entries()) {
      if (i > 0 && look.atMs - (this.#heard[i - 1]?.atMs ?? look.atMs) > FLOW_GAP_MS) return false;
    }
    return newest.receivedBytes - first.receivedBytes > FLOW_SHARE * (newest.sentBytes - first.sentBytes);
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
