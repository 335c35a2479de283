/** Longest pause between the arrivals of two packets in the same burst, in milliseconds. */
const SAME_BURST_MS = 5;
/** Number of recent bursts from which the typical burst is computed. */
const BURSTS = 9;
/** Largest buffer, in milliseconds. With a longer delay, playback would no longer be live. */
const MAX_BUFFER_MS = 1_000;

/**
 * Minimum media duration of a burst that needs a buffer, and the margin added to its duration, in
 * milliseconds.
 */
const MIN_SPAN_MS = 60;
const MARGIN_MS = 20;

/**
 * Measures how much audio a publisher sends in one burst. Some publishers collect half a second of packets,
 * for example from an MPEG transport stream. Bursts after a network stall do not matter, because far more
 * packets arrive one at a time.
 */
export class BurstMeter {
  readonly #spans: number[] = [];
  #burst: { firstMs: number; lastMs: number; atMs: number } | undefined;
  #bufferMs = 0;

  /**
   * Buffer size for a typical burst, in milliseconds: the media time between its first and last packets, plus
   * a margin. Zero if packets arrive one at a time.
   */
  get bufferMs(): number {
    return this.#bufferMs;
  }

  /** Records the arrival of a packet with media time `mediaMs`. Returns whether `bufferMs` changed. */
  addArrival(mediaMs: number, nowMs: number): boolean {
    const burst = this.#burst;
    if (burst && nowMs - burst.atMs <= SAME_BURST_MS) {
      burst.lastMs = Math.max(burst.lastMs, mediaMs);
      burst.atMs = nowMs;
      return false;
    }
    this.#burst = { firstMs: mediaMs, lastMs: mediaMs, atMs: nowMs };
    if (!burst) return false;
    this.#spans.push(burst.lastMs - burst.firstMs);
    if (this.#spans.length > BURSTS) this.#spans.shift();
    const median = [...this.#spans].sort((a, b) => a - b)[Math.floor((this.#spans.length - 1) / 2)] ?? 0;
    const before = this.#bufferMs;
    this.#bufferMs = median < MIN_SPAN_MS ? 0 : Math.min(MAX_BUFFER_MS, Math.round(median) + MARGIN_MS);
    return this.#bufferMs !== before;
  }
}
