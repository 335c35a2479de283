/** One sample of a connection's byte counters, for `SilenceMeter`. */
export interface CounterSample {
  /** Time on a monotonic clock, in ms. */
  atMs: number;
  /** The path that carries the data; undefined if none is selected. */
  selectedId: string | undefined;
  /** Bytes received on the selected path since it opened. */
  selectedBytes: number;
  /** Bytes received on all listed paths. */
  listedBytes: number;
  /** Bytes received by the connection, on listed and unlisted paths. */
  receivedBytes: number;
  /** Bytes sent by the connection. */
  sentBytes: number;
}

/** Length of the time window for assessing the media flow, in ms. */
const FLOW_WINDOW_MS = 3_000;
/** How long a flow must be observed before it is recognized, in ms. */
const MIN_FLOW_MS = 1_000;
/** Maximum pause within a flow, in ms. The slowest video has two frames per second. */
const MAX_FLOW_GAP_MS = 500;
/**
 * Minimum ratio of received to sent bytes in a media flow. Acknowledgements amount to only about 5 % of the
 * bytes that they acknowledge.
 */
const FLOW_SHARE = 0.2;
/**
 * Minimum number of bytes for data on other paths to count as a sign of life. Less data may be keep-alives on
 * a standby path, which do not prove that the selected path works.
 */
const OTHER_PATH_BYTES = 1_000;
/** Minimum time that a pause is remembered, in ms. Some pauses are remembered for up to twice as long. */
const PAUSES_SPAN_MS = 20_000;
/** Minimum gap between two samples from which a suspension of the process or the machine is inferred, in ms. */
const SUSPENDED_MS = 1_000;

/**
 * Measures how long a peer has been silent, and whether it sent media steadily before that. liveness.ts
 * decides what to do about the silence.
 */
export class SilenceMeter {
  #last: CounterSample | undefined;
  /** The sample with the most recent sign of life. */
  #lastSign: CounterSample | undefined;
  #lastSignMs = 0;
  /** Samples with a sign of life, oldest first, each with the pause before it. */
  #signs: { sample: CounterSample; pauseMs: number }[] = [];
  /** The longest pause in the current period and in the previous one, in ms. */
  #pauses = { sinceMs: 0, current: 0, previous: 0 };

  /** Adds the next sample. */
  add(sample: CounterSample): void {
    const last = this.#last;
    this.#last = sample;
    if (last && this.#lastSign && !isSignOfLife(last, this.#lastSign, sample)) return;
    // The pause is counted only up to the last silent sample. If the process was suspended after that sample,
    // data may have arrived at any time during the suspension.
    const pauseMs = last ? last.atMs - this.#lastSignMs : 0;
    this.#recordPause(sample.atMs, pauseMs);
    this.#lastSign = sample;
    this.#lastSignMs = sample.atMs;
    this.#signs.push({ sample, pauseMs });
    while (sample.atMs - (this.#signs[0]?.sample.atMs ?? sample.atMs) > FLOW_WINDOW_MS) this.#signs.shift();
  }

  /** The longest recent pause within a flow, in ms. */
  get longestPauseMs(): number {
    return Math.max(this.#pauses.current, this.#pauses.previous);
  }

  /** Time from the last sign of life to the last sample, in ms. */
  get silentMs(): number {
    return this.#last ? this.#last.atMs - this.#lastSignMs : 0;
  }

  /** When the last sign of life was sampled, on the clock of the samples, in ms. Identifies a silence. */
  get silentSinceMs(): number {
    return this.#lastSignMs;
  }

  /** Whether media arrived steadily until the silence began. If it did, the silence is unexpected. */
  get flowing(): boolean {
    const first = this.#signs[0]?.sample;
    const newest = this.#signs.at(-1)?.sample;
    if (!first || !newest || newest.atMs - first.atMs < MIN_FLOW_MS) return false;
    if (this.#signs.some(({ pauseMs }, i) => i > 0 && pauseMs > MAX_FLOW_GAP_MS)) return false;
    return newest.receivedBytes - first.receivedBytes > FLOW_SHARE * (newest.sentBytes - first.sentBytes);
  }

  #recordPause(atMs: number, pauseMs: number): void {
    const { sinceMs, current } = this.#pauses;
    if (atMs - sinceMs > PAUSES_SPAN_MS) this.#pauses = { sinceMs: atMs, current: 0, previous: current };
    // Pauses before the flow began do not count.
    if (this.flowing) this.#pauses.current = Math.max(this.#pauses.current, pauseMs);
  }
}

function isSignOfLife(last: CounterSample, lastSign: CounterSample, sample: CounterSample): boolean {
  if (sample.atMs - last.atMs > SUSPENDED_MS) return true;
  if (sample.selectedId !== last.selectedId || sample.selectedBytes !== last.selectedBytes) return true;
  // The list of paths may be outdated. Bytes that did not arrive on a listed path arrived on the path that
  // now carries the data.
  if (unlistedBytes(sample) > unlistedBytes(last)) return true;
  return standbyBytes(sample) - standbyBytes(lastSign) > OTHER_PATH_BYTES;
}

function unlistedBytes({ receivedBytes, listedBytes }: CounterSample): number {
  return receivedBytes - listedBytes;
}

function standbyBytes({ listedBytes, selectedBytes }: CounterSample): number {
  return listedBytes - selectedBytes;
}
